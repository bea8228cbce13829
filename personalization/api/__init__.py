"""The API of personalization."""
