"""Which database is asked, at which moment of it, for how long, and who waits for whom."""
