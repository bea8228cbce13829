"""Pytest plugins with the fixtures that several apps share; the root conftest.py names them."""
