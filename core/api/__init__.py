"""What every part of the API is made of: who asks, what comes in, how it is refused."""
