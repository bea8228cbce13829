"""The segments that users who are limited to websites may see, name and change."""
