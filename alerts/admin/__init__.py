"""The admin of alerts: the list, the card on Home, the page of a segment."""

from alerts.admin import alert, channel

__all__ = ["alert", "channel"]
