"""Spans of what the product does, and the ids of the request that is being answered."""
