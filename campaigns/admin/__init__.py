"""The admin of mail: campaigns, sequences, templates, senders, messages, suppressed addresses."""

from campaigns.admin import campaign, message, sender, sequence, suppression, template

__all__ = ["campaign", "message", "sender", "sequence", "suppression", "template"]
