"""Who waits for whom, what is cancelled, and how the change log is cut."""
