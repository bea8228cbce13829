"""The API of campaigns, templates, messages, senders and suppressed addresses."""
