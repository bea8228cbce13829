"""Tests of questions about trees, by the API."""
