"""REST under `/api/alerts/`."""
