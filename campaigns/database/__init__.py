"""What the database itself sees to."""
