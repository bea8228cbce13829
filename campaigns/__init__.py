"""Mail: campaigns and sequences, sent once to customers who may get mail."""
