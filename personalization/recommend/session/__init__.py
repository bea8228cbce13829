"""What a shopper looks at right now, and what goes with it: fresh at each call."""
