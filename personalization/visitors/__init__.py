"""Visitors of the storefront, whom its snippet tells of."""
