"""Alerts by the API."""
