"""The few kinds of attributes; each module holds the SQL and the Python reading of one kind."""
