"""What to do with scores: whom to contact at what cost, and what that may bring; one file each."""
