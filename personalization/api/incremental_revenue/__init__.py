"""The API of incremental revenue and attribution."""
