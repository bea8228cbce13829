"""Cuts a text into chunks: names, values, numbers, periods and the words between them."""
