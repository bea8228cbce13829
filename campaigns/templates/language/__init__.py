"""The language of templates: nodes, parsing and checks."""
