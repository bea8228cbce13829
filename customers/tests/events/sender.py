"""Events of tests: sent as a program sends them, with ids and times of their own."""

import itertools
import json
from datetime import UTC, datetime, timedelta

from django.contrib.auth.models import User
from django.test import Client

from tests.factories.clients import grant

START = datetime(2026, 5, 1, tzinfo=UTC)


class Sender:
    """Sends events by the API; the reply's body is returned, and must have the status."""

    def __init__(self):
        self.client = Client()
        self.client.force_login(grant(User.objects.create_user("shop"), "customers.send_events"))
        self.numbers = itertools.count(1)

    def event(self, name, /, at=None, **data):
        """Return an event; each is a minute later than the one before."""
        number = next(self.numbers)
        moment = START + timedelta(minutes=number if at is None else at)
        return {
            "type": name,
            "id": f"e{number}",
            "occurred_at": moment.isoformat(),
            "data": {key.replace("__", "."): value for key, value in data.items()},
        }

    def __call__(self, *events, partial=False, status=202, single=False):
        body = events[0] if single else list(events)
        address = "/api/v1/events/" + ("?partial=1" if partial else "")
        reply = self.client.post(address, json.dumps(body), content_type="application/json")
        assert reply.status_code == status, reply.content
        return reply.json()

    def say(self, name, /, at=None, status=202, **data):
        """Send one event."""
        return self(self.event(name, at, **data), single=True, status=status)

    def faults(self, *events):
        """Return the paths and codes of what is refused."""
        found = self(*events, status=400)["errors"]
        return [(one["path"], one["code"]) for one in found]
