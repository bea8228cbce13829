"""Registers the pages of this app by importing them; see `segmentation_site.admin_site`."""

from campaigns.admin import campaigns, message, sender, sequences, suppression, sync, templates

__all__ = ["campaigns", "message", "sender", "sequences", "suppression", "sync", "templates"]
