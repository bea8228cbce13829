"""Tests of the whole API: its description, its examples, generated clients."""
