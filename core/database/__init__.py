"""Columns, reads and transactions: which database, at which moment, for how long."""
