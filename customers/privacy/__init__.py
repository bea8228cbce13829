"""What is held about a customer: given out, erased, moved by a merge, and kept for how long."""
