"""Offers: rules that are the same for everybody whom each is about, never a price for a person."""
