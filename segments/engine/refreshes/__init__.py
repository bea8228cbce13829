"""Refreshes of whole segments: requested, scheduled, run, split into shards."""
