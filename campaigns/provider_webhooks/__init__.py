"""Webhooks of mail providers, read by Anymail (optional extra)."""
