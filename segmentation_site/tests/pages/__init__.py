"""Tests of the admin's pages: menu, search, lists, forms, errors, and in a browser."""
