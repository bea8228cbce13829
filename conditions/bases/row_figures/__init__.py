"""Attributes that are figures over rows of a customer, stored in a roll-up or computed."""
