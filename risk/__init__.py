"""Risk: measures (pure), score, snapshots."""
