"""Data about a customer: its export, erasure, move by a merge, and retention."""
