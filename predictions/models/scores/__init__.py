"""Customers' scores, and the runs and shards that write them."""
