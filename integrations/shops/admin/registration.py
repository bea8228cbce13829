"""Registers the pages of this app by importing them; see `segmentation_site.admin_site`."""

from integrations.shops.admin import pages

__all__ = ["pages"]
