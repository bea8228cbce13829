"""Behaviours of shoppers: their types, properties and rows, and the websites that report them."""
