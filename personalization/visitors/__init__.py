"""Visitors of the storefront, as reported by its snippet."""
