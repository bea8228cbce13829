"""Profiles of customers, and the shares of all customers that they are compared with."""
