"""Offers: rules that are the same for everybody in their audience, never a price for one person."""
