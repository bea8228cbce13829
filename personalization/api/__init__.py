"""The calls of personalization."""
