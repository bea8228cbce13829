"""What personalization is worth: the treated beside the hold-out, counts, days."""
