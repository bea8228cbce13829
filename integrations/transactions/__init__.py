"""Flat files with a row for each line of an order, as data sets are shared."""
