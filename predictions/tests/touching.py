"""Touches of a shop for tests, and the address that credits them."""

from django.test import Client

from predictions.models import Touch, TouchCampaign
from tests.factories.clients import staff_user

ADDRESS = "/api/v1/clv/analytics/"


def make_campaign(code, channel="other", cost=0, **values):
    values.setdefault("name", code.title())
    return TouchCampaign.objects.create(code=code, channel=channel, cost=cost, **values)


def make_touch(customer, campaign, at, group="contacted", number=""):
    return Touch.objects.create(
        customer=customer, campaign=campaign, at=at, group=group, external_id=number
    )


def client_with(*names):
    client = Client()
    client.force_login(staff_user("marketer", *names))
    return client


def answer(view, **parameters):
    parameters = {name.rstrip("_"): value for name, value in parameters.items()}
    client = client_with("predictions.view_scores")
    return client.get(ADDRESS, {"view": view} | parameters)


def asked(view, **parameters):
    found = answer(view, **parameters)
    assert found.status_code == 200, found.content
    return found.json()


def refused(view, **parameters):
    """Return status, code and the codes of what is refused, by path."""
    found = answer(view, **parameters)
    body = found.json()
    codes = {one["path"]: one["code"] for one in body.get("errors", ())}
    return found.status_code, body.get("code"), codes
