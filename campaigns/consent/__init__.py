"""Who may get mail: addresses, the suppression list, eligibility, unsubscribing."""
