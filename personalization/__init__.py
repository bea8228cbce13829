"""What shoppers do, what is known of each, and what each is shown; above predictions."""
