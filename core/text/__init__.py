"""Texts and numbers as they are compared, shown, and written for other programs."""
