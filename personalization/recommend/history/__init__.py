"""Purchases by customer, and the figures of pairs of SKUs and of the week that follow from them."""
