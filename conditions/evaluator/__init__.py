"""Evaluates conditions in Python, for one customer, without the compiler's queries."""
