"""The page of what personalization is worth."""

import pytest
from django.contrib.auth.models import Permission, User

from personalization.models import Exposure, ExposureCount
from personalization.tests.worth.conftest import DAY, NOW
from predictions.turn import turn

pytestmark = pytest.mark.django_db
PAGE = "/admin/personalization/engagementmetric/"


@pytest.fixture
def marketer(client):
    user = User.objects.create_user("marketer", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_analytics"))
    client.force_login(user)
    return client


def test_it_shows_the_worth_and_each_model(marketer, groups, make_order, clock):
    treated, _held_out = groups(31, 30)
    for place, customer in enumerate(treated):
        make_order(customer, at=NOW - DAY, grand_total=10 + place % 2)
    page = marketer.get(PAGE)
    text = page.content.decode()
    assert page.status_code == 200
    exact = page.context["found"]["incremental_revenue"]["value"]
    assert page.context["worth"]["value"] == f"{float(exact):.2f}"
    assert page.context["worth"]["value"] in text
    # Nothing was shown: what the groups differ by has not come from here.
    assert 'id="nothing-shown"' in text
    assert set(page.context["totals"]) == {"325.00"}
    assert page.context["credits"] == [("direct", ["325.00"] * 6)]
    shown = [(units, share, revenue) for _name, units, share, revenue in page.context["groups"]]
    assert shown == [(31, "100.0%", "10.48"), (30, "0.0%", "0.00")]


@pytest.mark.parametrize("variant", ["", "b"])
@pytest.mark.parametrize("is_tracked", [True, False])
def test_it_says_when_nothing_but_defaults_was_shown(marketer, groups, clock, is_tracked, variant):
    (customer, *_others), _held_out = groups(31, 30)
    if is_tracked:
        Exposure.objects.create(
            served_id="1", element="hero", customer=customer, at=NOW - DAY, variant=variant,
            why="audience", page_type="home",
        )  # fmt: skip
    else:
        day = (NOW - DAY).date()
        ExposureCount.objects.create(element="hero", variant=variant, day=day, shown=1)
    assert ("nothing-shown" in marketer.get(PAGE).content.decode()) == (variant == "")


def test_who_else_computes_is_waited_for(marketer, clock):
    with turn():
        assert "errornote" in marketer.get(PAGE).content.decode()


def test_others_may_not_see_it(client, clock):
    user = User.objects.create_user("other", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_scores"))
    client.force_login(user)
    assert client.get(PAGE).status_code == 403
