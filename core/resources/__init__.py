"""Editable resources: one declaration makes the API, its description, and the form's validation."""
