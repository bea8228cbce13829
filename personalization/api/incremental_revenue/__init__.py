"""The calls about what personalization brings."""
