"""Members and changes that leave the product: exports and webhooks."""
