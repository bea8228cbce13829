"""The only way in for templates, senders and campaigns: checks everything, then stores it."""
