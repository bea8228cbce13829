"""What people do to rules, a verb a file."""
