"""The API of offers."""
