"""Ways to make a segment: templates, links with conditions, copies, files."""
