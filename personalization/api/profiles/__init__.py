"""The calls about a customer's profile and about interests."""
