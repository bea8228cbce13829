"""The API of customers' profiles and of interests."""
