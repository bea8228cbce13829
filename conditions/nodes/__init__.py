"""The nodes of parsed trees, and the queries that find the matching customers."""
