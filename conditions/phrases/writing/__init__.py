"""Writes conditions as sentences: clauses of each kind of node, and values in them."""
