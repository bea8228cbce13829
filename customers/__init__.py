"""Customers, their orders and their behaviour in the shop."""
