"""Tests of explanations, of given carts, and of the rows that are loaded for one customer."""
