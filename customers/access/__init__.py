"""Who may try to log in: where a request comes from, and how often it has failed."""
