"""The calls that take behaviour and consent in."""
