"""What a page shows to whom: placements, variants, content, and what was shown."""
