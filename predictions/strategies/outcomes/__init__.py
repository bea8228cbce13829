"""What becomes of a plan: a segment of its rule, lists of the chosen customers, a CSV."""
