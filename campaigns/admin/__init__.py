"""The admin of mail: campaigns, sequences, templates, senders, messages, addresses, syncs."""

from campaigns.admin import campaign, message, sender, sequence, suppression, sync, template

__all__ = ["campaign", "message", "sender", "sequence", "suppression", "sync", "template"]
