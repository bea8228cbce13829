"""What passing time and changed data mean for conditions: stored figures, and who flips."""
