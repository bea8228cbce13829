"""How well an offer fits a customer: the score beside each offer, and what it is made of."""
