"""What the pages of sequences are made of: steps in a form, the timeline, who is where."""
