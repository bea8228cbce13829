"""The page of what personalization is worth."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User

from personalization.models import Exposure, ExposureCount
from personalization.tests.incremental_revenue.conftest import DAY, NOW
from predictions.figures.single_computation import turn

pytestmark = pytest.mark.django_db
PAGE = "/admin/personalization/engagementmetric/"


@pytest.fixture
def marketer(client):
    user = User.objects.create_user("marketer", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_analytics"))
    client.force_login(user)
    return client


def expose(customer, variant, number=1, at=NOW - DAY, **more):
    Exposure.objects.create(
        served_id=str(number), element="hero", customer=customer, at=at, variant=variant,
        why="audience", page_type="home", **more,
    )  # fmt: skip


def test_it_shows_the_worth_and_each_model(marketer, groups, make_order, clock):
    treated, _held_out = groups(31, 30)
    for place, customer in enumerate(treated):
        make_order(customer, at=NOW - DAY, grand_total=10 + place % 2)
    page = marketer.get(PAGE)
    text = page.content.decode()
    assert page.status_code == 200
    # Nothing was shown: what the groups differ by has not come from here.
    assert 'id="nothing-shown"' in text
    assert "Incremental revenue" not in text
    assert page.context["found"]["credits"] == [("No touch (direct)", ["325.00"] * 6)]
    for customer in treated:
        expose(customer, "b", customer.pk)
    page = marketer.get(PAGE)
    assert "Incremental revenue" in page.content.decode()
    found = page.context["found"]
    assert float(found["worth"]["value"].replace("€", "")) > 0
    assert set(found["totals"]) == {"325.00"}
    assert found["credits"] == [("personalization", ["325.00"] * 6)]
    shown = [(units, share, revenue) for _name, units, share, revenue in found["groups"]]
    assert shown == [(31, "100.0%", "10.48"), (30, "0.0%", "0.00")]


def test_few_exposures_give_no_sum(marketer, groups, make_order, clock):
    treated, held_out = groups(31, 30)
    for customer in held_out:
        make_order(customer, at=NOW - 2 * DAY, grand_total=5_000)
    for customer in treated[:29]:
        expose(customer, "b", customer.pk)
    page = marketer.get(PAGE)
    assert "Incremental revenue" not in page.content.decode()
    assert "fewer than 30 known customers" in page.context["found"]["worth"]["sentence"]


def test_sales_before_the_first_exposure_do_not_count(marketer, groups, make_order, clock):
    treated, held_out = groups(31, 30)
    for place, customer in enumerate([*treated, *held_out]):
        make_order(customer, at=NOW - DAY, grand_total=10 + place % 2)
        expose(customer, "b", customer.pk)
    for customer in held_out:
        make_order(customer, at=NOW - DAY - timedelta(seconds=1), grand_total=5_000)
    found = marketer.get(PAGE).context["found"]
    assert found["worth"]["since"] == NOW - DAY
    assert abs(float(found["worth"]["value"].replace("€", ""))) < 31


@pytest.mark.parametrize("variant", ["", "b"])
@pytest.mark.parametrize("is_tracked", [True, False])
def test_it_says_when_nothing_but_defaults_was_shown(marketer, groups, clock, is_tracked, variant):
    (customer, *_others), _held_out = groups(31, 30)
    if is_tracked:
        expose(customer, variant)
    else:
        day = (NOW - DAY).date()
        ExposureCount.objects.create(element="hero", variant=variant, day=day, shown=1)
    html = marketer.get(PAGE).content.decode()
    assert ("nothing-shown" in html) == (variant == "")
    assert ("Not enough yet" in html) == (variant == "")


def test_who_else_computes_is_waited_for(marketer, clock):
    with turn():
        assert "errornote" in marketer.get(PAGE).content.decode()


def test_others_may_not_see_it(client, clock):
    user = User.objects.create_user("other", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_scores"))
    client.force_login(user)
    assert client.get(PAGE).status_code == 403


def test_it_says_what_was_shown_and_clicked(marketer, groups, clock, doing):
    (one, two, *_others), _held_out = groups(31, 30)
    for number, customer in enumerate((one, one, two)):
        expose(customer, "b", number)
    expose(two, "", 7)
    expose(two, "control", 8, experiment="test", shows_default=True)
    expose(two, "old", 9, at=NOW - 40 * DAY)
    day = (NOW - DAY).date()
    ExposureCount.objects.create(element="hero", variant="b", day=day, shown=5, deadlines=2)
    ExposureCount.objects.create(element="hero", variant="late", day=day, shown=0, deadlines=2)
    said = {"element": "hero", "variant": "b"}
    doing.behave(one, NOW - DAY, "experience_clicked", data=said)
    doing.behave(one, NOW - 40 * DAY, "experience_clicked", data=said)
    found = marketer.get(PAGE).context["found"]
    assert [
        (row.placement, name, row.shown, row.customers, row.clicks)
        for row, name in found["variants"]
    ] == [
        ("hero", "b", 8, 2, 1),
        ("hero", "the default", 1, 1, 0),
        ("hero", "control (the default)", 1, 1, 0),
    ]
    # A control that is the default is no variant.
    assert (found["exposures"], found["deadlines"]) == (3, 4)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"from": "2026-02-31"}, "A date is needed"),
        ({"from": "2026-03-01", "to": "2026-03-01"}, "has to be later than its beginning"),
        ({"from": "9999-12-31"}, "The time is too far away."),
    ],
)
def test_a_period_that_is_none_is_refused_at_its_field(marketer, clock, sent, said):
    page = marketer.get(PAGE, sent)
    assert (page.status_code, "found" in page.context) == (200, False)
    assert said in page.content.decode()


def test_a_period_is_chosen(marketer, groups, clock):
    (customer, *_others), _held_out = groups(31, 30)
    expose(customer, "b", at=NOW - 40 * DAY)
    assert marketer.get(PAGE).context["found"]["exposures"] == 0
    days = [(NOW - count * DAY).date().isoformat() for count in (41, 39)]
    found = marketer.get(PAGE, dict(zip(("from", "to"), days, strict=True))).context["found"]
    assert (found["exposures"], found["since"].date().isoformat()) == (1, days[0])
