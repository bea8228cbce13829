"""A shop with a hold-out, and whoever asks what it is worth."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache

from personalization.assignment import HOLDOUT_SALT, bucket

NOW = datetime(2026, 4, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SHARE = 5000
ADDRESS = "personalization/analytics/"


@pytest.fixture(autouse=True)
def half_are_held_out(settings):
    cache.clear()
    settings.HOLDOUT_BASIS_POINTS = SHARE
    settings.ANALYTICS_RATE = 0


@pytest.fixture
def asked(client_with, clock):
    """Return what asks; the reply's body is returned, and must have the status."""
    client = client_with("personalization.view_analytics")

    def ask(address=ADDRESS, *, status=200, **parameters):
        parameters = {name.rstrip("_"): value for name, value in parameters.items()}
        reply = client.get(f"/api/v1/{address}", parameters)
        assert reply.status_code == status, reply.content
        return reply.json()

    return ask


@pytest.fixture
def groups(make_customer):
    """Return a function that makes so many treated and held-out customers, in that order."""
    numbers = iter(range(10**6))

    def make(treated, held_out, **values):
        wanted = {False: treated, True: held_out}
        made = {False: [], True: []}
        while any(len(made[one]) < wanted[one] for one in wanted):
            number = f"W{next(numbers)}"
            is_held_out = bucket(HOLDOUT_SALT, number) < SHARE
            if len(made[is_held_out]) < wanted[is_held_out]:
                values.setdefault("registered_at", NOW - 400 * DAY)
                made[is_held_out].append(make_customer(external_id=number, **values))
        return made[False], made[True]

    return make
