"""Shops, values and trees that tests of conditions are made of."""
