"""What segments may ask of profiles, of consent and of behaviour, and whom something is for."""
