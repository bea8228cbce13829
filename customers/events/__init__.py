"""Live events of the shop: what they say, and what becomes of it."""
