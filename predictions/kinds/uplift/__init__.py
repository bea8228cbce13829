"""Uplift: by how much a contact makes an outcome more likely, for each customer."""
