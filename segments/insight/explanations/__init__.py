"""Why a customer is or is not a member: findings, their wording, one customer's segments."""
