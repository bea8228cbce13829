"""Live events of the shop: their data, and the storage of the data."""
