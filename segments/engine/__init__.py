"""What keeps the stored members right: runs, batches of changed customers, passing time."""
