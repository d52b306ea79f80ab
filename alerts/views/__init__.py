"""The page Alerts: `page` the whole and its live parts, `rules` and `channels` the dialogs."""
