"""Editable resources: one declaration is the API, its description, and the judge of the form."""
