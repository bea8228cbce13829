"""`sequence`: the next basket by a network over the baskets before, fitted where PyTorch is."""
