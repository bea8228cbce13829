"""The UCI Online Retail dataset."""
