"""How a shop's data comes in: CSV files and known datasets, always through one pipeline."""
