"""What a segment says, and what that means."""
