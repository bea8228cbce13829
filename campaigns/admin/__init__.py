"""The admin of mail: campaigns, templates, senders, messages, suppressed addresses, syncs."""

from campaigns.admin import campaign, message, sender, suppression, sync, template

__all__ = ["campaign", "message", "sender", "suppression", "sync", "template"]
