"""Who a customer is, and what they agreed to: customers, consent, merges, erasures."""
