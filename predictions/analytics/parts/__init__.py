"""Value bands and RFM segments, their figures, and the rules that make them segments."""
