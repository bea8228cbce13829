"""Sets of rows into stored tables: new, changed, unchanged, too old; dry runs."""
