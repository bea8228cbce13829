"""Database code: a trigger for unsubscriptions, and bulk inserts."""
