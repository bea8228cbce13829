"""The pages of logging in: password, second factor, confirmation, a user's own factors."""
