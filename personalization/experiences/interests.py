"""What a customer is interested in, as their profile has it."""

from customers.models import Customer


def top_interest(customer: Customer) -> str:
    """Return what the category is called that comes first of a customer's interests, else ''."""
    return ""
