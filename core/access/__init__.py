"""Access control: log-in attempts, API tokens, personal data, and limits to websites."""
