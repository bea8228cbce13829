"""What this product keeps for itself: marks, versions of events, places of snapshots."""
