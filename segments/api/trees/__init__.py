"""Questions about trees: known conditions and values, previews, explanations, overlaps."""
