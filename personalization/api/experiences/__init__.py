"""The calls about placements, their variants and content, and what a page shows."""
