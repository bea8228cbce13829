"""The admin of mail: campaigns, sequences, templates, senders, messages, addresses, syncs."""
