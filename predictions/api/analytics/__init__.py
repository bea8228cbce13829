"""Figures of all customers."""
