"""Database-specific code: locks, cancellation, concurrency limits and partitions."""
