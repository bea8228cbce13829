"""What programs ask and tell about personalization."""
