"""Conditions as SQL: truth values, places, expressions."""
