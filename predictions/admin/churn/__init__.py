"""The page Churn: who is likely to leave, what they are worth, and what to do next."""
