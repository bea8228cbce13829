"""Exports of members in the admin: page, download, schedules and audit log."""
