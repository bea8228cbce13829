"""Plans: the customers to contact, cost and expected value, warnings, and saved results."""
