"""Alerts sent to people and programs: at once or once a day, at least once, for 24 hours."""
