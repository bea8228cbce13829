"""Sales attributed to what customers were shown: stored, announced, corrected."""
