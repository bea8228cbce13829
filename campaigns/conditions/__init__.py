"""Conditions about mail: the messages of a customer, and whether the customer may get mail."""
