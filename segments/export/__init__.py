"""Members of a segment as a CSV or XML stream; begin reading at `segments.export.members`."""
