"""Conditions of django-oscar's offers that ask whether the shopper is in a segment."""
