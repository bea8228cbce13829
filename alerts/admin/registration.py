"""Registers the pages of this app by importing them; see `segmentation_site.admin_site`."""

from alerts.admin import alert, channel

__all__ = ["alert", "channel"]
