"""Exports that workers write: requests, schedules, files, links, destinations."""
