"""Alerts: segments whose size leaves its habit, and work of the shop that fails."""
