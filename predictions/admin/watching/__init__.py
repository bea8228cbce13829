"""The pages of drift and monitoring."""
