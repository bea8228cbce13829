"""Mails to begin with: six designs in the merchant's language, as plain HTML to go on with."""

from campaigns.designs.catalogue import DESIGNS
from campaigns.designs.design import Design

__all__ = ["DESIGNS", "Design"]
