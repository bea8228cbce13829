"""Placements, experiments and offers: what is shown, and the exposures and conversions of it."""
