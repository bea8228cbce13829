"""A segment with members, for the tests beside."""

import pytest
from django.contrib.auth.models import User

from segments.refresh import refresh_segment
from tests.factories.clients import grant


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    """The folder of the exports' files, a test's own; SQLite's turns too."""
    settings.EXPORT_DIR = tmp_path / "exports"
    settings.DATA_DIR = tmp_path
    return settings.EXPORT_DIR


@pytest.fixture
def people(make_customer):
    """Three customers."""
    return [
        make_customer(number, email=f"{number}@shop.example", first_name=number.upper())
        for number in "abc"
    ]


@pytest.fixture
def everybody(people, make_segment):
    """A segment of all of them."""
    segment = make_segment("Everybody", code="all")
    refresh_segment(segment)
    return segment


@pytest.fixture
def user_with(db):
    """Return a function that makes somebody who has these permissions of segments."""

    def make(*codenames, username="merchant"):
        return grant(User.objects.create_user(username), *codenames)

    return make


@pytest.fixture
def taker(user_with):
    """Somebody who may export."""
    return user_with("export_members")
