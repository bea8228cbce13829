"""Stored behaviour of customers: reading, announcement, credits, erasure and retention."""
