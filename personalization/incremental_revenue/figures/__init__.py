"""Figures of personalization as JSON: counts, lifts, noted days, each metric by its name."""
