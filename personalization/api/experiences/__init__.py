"""The API of placements, their variants, content, and experiences of a page."""
