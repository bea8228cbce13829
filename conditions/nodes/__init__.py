"""The nodes of parsed trees, and the queries that find the customers for whom they hold."""
