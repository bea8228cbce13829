"""Shopify's Admin API: queries, bulk operations, declared objects, the conversion."""
