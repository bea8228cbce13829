"""Where the admin's pages about segments are, and what they say."""

import re

from django.urls import reverse

LIST = "admin:segments_segment_changelist"
VIEW = "view_segment"


def of(segment, name):
    return reverse(f"admin:segments_segment_{name}", args=[segment.pk])


def of_customer(customer, name):
    return reverse(f"admin:customers_customer_{name}", args=[customer.pk])


def report(key, kind="report"):
    return reverse(f"admin:segments_segment_{kind}", args=[key])


def has_number(*numbers):
    return [{"attribute": "customer.id", "operator": "is_one_of", "value": list(numbers)}]


def text_of(response):
    """Return what a page says in its main part, without its tags."""
    html = response.content.decode().split('id="content"')[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))
