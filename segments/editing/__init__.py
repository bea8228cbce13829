"""Changes that people make to segments, one verb a file."""
