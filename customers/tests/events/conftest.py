"""A program that sends events to the API."""

import pytest

from customers.tests.events.sender import Sender


@pytest.fixture
def send(db):
    """Return what sends events, logged in."""
    return Sender()
