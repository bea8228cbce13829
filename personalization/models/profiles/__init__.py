"""Profiles of customers, and the shares of all customers as their baseline."""
