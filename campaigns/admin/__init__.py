"""The admin of mail: campaigns, templates, senders, messages, suppressed addresses."""

from campaigns.admin import campaign, message, sender, suppression, template

__all__ = ["campaign", "message", "sender", "suppression", "template"]
