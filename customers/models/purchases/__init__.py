"""What customers buy, put in carts, wish for and look at."""
