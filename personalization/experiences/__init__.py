"""Experiences on pages: placements, their variants and content, and exposures."""
