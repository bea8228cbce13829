"""Consent to mail: addresses, the suppression list, eligibility, unsubscribing."""
