"""Migrations while old code runs: their kinds, their locks, and the judge of their SQL."""
