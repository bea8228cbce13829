"""Reads chunks into facts: where a clause ends, and what each name and number belongs to."""
