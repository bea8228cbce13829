"""A customer's consent, below this app's addresses too."""

from customers.api.privacy import CustomerConsent


class ConsentOfCustomer(CustomerConsent):
    """What a customer has allowed and refused: `customers/{number}/consent/`, by another name."""
