"""Webhooks for changes of membership; begin reading at `segments.webhooks.delivery`."""
