"""The admin of mail: campaigns, sequences, templates, senders, messages, addresses, syncs."""

from campaigns.admin import campaigns, message, sender, sequences, suppression, sync, templates

__all__ = ["campaigns", "message", "sender", "sequences", "suppression", "sync", "templates"]
