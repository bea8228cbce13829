"""Tests that query and evaluator agree, for each condition and for generated trees."""
