"""Figures about all segments together: one file for each report, all of them read-only."""
