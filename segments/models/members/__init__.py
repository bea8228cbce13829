"""Members, the log of their changes, their periods, and counts."""
