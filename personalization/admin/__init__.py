"""The admin pages of personalization."""
