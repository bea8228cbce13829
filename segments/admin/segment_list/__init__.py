"""The list of segments: columns, filters, actions on many, deletion."""
