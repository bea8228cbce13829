"""What programs ask about what shoppers do and like."""
