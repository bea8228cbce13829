"""The steps of reading a tree: findings, values, conditions, nodes."""
