"""A shop's files: which platform's they are, their columns, rows and cells."""
