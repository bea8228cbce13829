"""What merchants call things, a file for each language: words, not translations."""
