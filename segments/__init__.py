"""Who is in which segment, and since when."""
