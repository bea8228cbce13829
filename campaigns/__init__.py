"""Mail: campaigns and sequences, sent once to those who may get it."""
