"""Addresses of a segment's pages, and what its form sends."""

from django.urls import reverse

EMPTY = '{"match": "all", "conditions": []}'
VIEW = "view_segment"


def page(name, segment):
    """The address of the page `name` of a segment."""
    return reverse(f"admin:segments_segment_{name}", args=[segment.pk])


def form_data(**values):
    """What the form of a segment sends: `values`, and what it says without them."""
    return {
        "name": "Best",
        "code": "",
        "description": "",
        "is_active": "on",
        "refresh_mode": "auto",
        "priority": "0",
        "applies_to": "registered",
        "conditions": EMPTY,
        **values,
    }
