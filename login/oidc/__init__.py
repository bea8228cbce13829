"""Log-in by OpenID Connect: the provider's addresses, one log-in, the check of its ID token."""
