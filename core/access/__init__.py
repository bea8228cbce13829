"""Who may try to log in, with which key, and who may see personal data."""
