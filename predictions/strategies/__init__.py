"""Strategies, what to do with scores: the customers to contact, the cost, the expected value."""
