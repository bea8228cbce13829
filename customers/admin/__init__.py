"""The admin pages of shop data, one family to a file."""
