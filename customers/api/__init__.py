"""What programs may ask and tell about customers."""
