"""From a file to checked rows in a temporary table."""
