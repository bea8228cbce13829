"""Counts, cells, days, and what the call refuses."""

from datetime import date

import pytest

from core.clock import now
from personalization.models import EngagementMetric, Exposure, ExposureCount
from personalization.tasks import note_engagement
from personalization.tests.incremental_revenue.conftest import ADDRESS, DAY, NOW
from predictions.api.throttles import one_at_a_time
from predictions.models import CustomerPrediction

pytestmark = pytest.mark.django_db


def shown(customer, number, *, variant="v", element="hero", **values):
    return Exposure.objects.create(
        served_id=f"s{number}", element=element, variant=variant, customer=customer,
        **{"at": NOW - DAY, "why": "audience", "page_type": "home"} | values,
    )  # fmt: skip


def test_what_was_shown_and_clicked_by_cells(groups, doing, asked):
    customers, _none = groups(12, 0)
    for number, customer in enumerate(customers):
        few = number < 3
        shown(customer, number, device="mobile", traffic_source="few" if few else "ads")
        shown(customer, f"d{number}", variant="", element="foot")
        doing.behave(
            customer, NOW - DAY, "experience_clicked", channel="app" if number else "web",
            data={"element": "hero", "variant": "v"}, context={"device": "mobile"},
        )  # fmt: skip
        CustomerPrediction.objects.create(customer=customer, cluster="a" if number > 1 else "b")
    shown(customers[0], "mail", page_type="email")
    shown(customers[0], "later", at=NOW)
    ExposureCount.objects.create(element="hero", variant="v", day=date(2026, 4, 1), shown=7)
    found = asked(metrics="exposures,clicks")
    assert found["exposures"] == {"count": 13, "customers": 12, "defaults": 12, "untracked": 7}
    assert (found["clicks"], found["cells"]) == ({"count": 12, "customers": 12}, None)

    def cells(metric, by):
        rows = asked(metrics=metric, segmentation=by)["cells"]
        return {row["key"]: row[metric] and row[metric]["count"] for row in rows}

    assert cells("exposures", "placement") == {"hero": 13}
    assert cells("exposures", "channel") == {"email": None, "web": 12}
    assert cells("exposures", "device_type") == {"mobile": 12}
    assert cells("exposures", "traffic_source") == {"ads": None, "few": None}
    assert cells("exposures", "cluster") == {"a": 10, "b": None}
    assert cells("clicks", "channel") == {"app": 11, "web": None}
    assert cells("clicks", "device_type") == {"mobile": 12}
    assert cells("clicks", "placement") == {"hero": 12}
    assert cells("clicks", "cluster") == {"a": 10, "b": None}


def test_what_was_sold_of_what_was_clicked(groups, doing, asked):
    (one, other), _none = groups(2, 0)
    for customer, days, sku in ((one, 8, "tea"), (one, 3, "mug"), (other, 1, "tea")):
        data = {"sku": sku, "recommendation": "r"}
        doing.behave(
            customer, NOW - days * DAY, "recommendation_clicked", data=data, sku_folded=sku
        )
    doing.order(one, NOW - DAY, ["tea"], price=3)  # exactly 7 days later
    doing.order(one, NOW - DAY / 2, ["tea", "mug", "hat"], price=5)  # the mug alone
    doing.order(other, NOW - 2 * DAY, ["tea"], price=100)  # before the click
    doing.order(other, NOW - DAY / 4, ["tea"], price=100, state="canceled")
    found = asked(metrics="recommendation_revenue")["recommendation_revenue"]
    assert found == {"value": "8.0000", "customers": 1}


def test_personalization_is_credited(groups, doing, asked):
    (one, other), _none = groups(2, 0)
    shown(one, 1, at=NOW - 2 * DAY)
    doing.order(one, NOW - DAY, grand_total=40)
    doing.order(other, NOW - DAY, grand_total=60)
    found = asked(metrics="attributed_revenue", model="linear", segmentation="placement")
    assert found["attributed_revenue"] == {
        "value": "40.0000",
        "revenue": "100.0000",
        "model": "linear",
    }
    assert found["cells"] == [{"key": "hero", "attributed_revenue": {"value": "40.0000"}}]
    cells = asked(metrics="attributed_revenue", segmentation="channel")["cells"]
    assert {row["key"]: row["attributed_revenue"]["value"] for row in cells} == {
        "direct": "60.0000",
        "personalization": "40.0000",
    }
    notes = asked(metrics="attributed_revenue,engagement", segmentation="cluster")["notes"]
    assert {one["metric"] for one in notes if one["code"] == "not_told_apart"} == {
        "attributed_revenue",
        "engagement",
    }


def test_days_are_noted_once_when_they_are_over(groups, doing, asked, clock):
    customers, _none = groups(10, 0)
    for customer in customers:
        for hours in (36, 35.9, 30, 11):
            doing.behave(customer, NOW - DAY * hours / 24, "search")
    note_engagement()
    note_engagement()
    row = EngagementMetric.objects.get()
    assert (row.day, row.customers, row.sessions) == (date(2026, 4, 9), 10, 20)
    assert str(row.activities) == "1.5000"
    raw = sum(2 ** (-hours / 24 / 14) for hours in (24, 23.9, 18))
    assert float(row.score) == pytest.approx(100 * raw / (raw + 20), abs=1e-4)
    with one_at_a_time():  # It is read as it is noted.
        (day,) = asked(metrics="engagement")["engagement"]
    assert (day["day"], day["website"], day["customers"], day["sessions"]) == (
        "2026-04-09",
        "default",
        10,
        20,
    )
    EngagementMetric.objects.update(customers=9)
    (day,) = asked(metrics="engagement")["engagement"]
    assert {day[name] for name in ("customers", "sessions", "activities", "score")} == {None}
    clock.advance(days=40)
    note_engagement()
    assert EngagementMetric.objects.count() == 1 + 31
    assert EngagementMetric.objects.order_by("-day").first().day == (now() - DAY).date()


@pytest.mark.parametrize(
    ("told", "path", "code"),
    [
        ({"metrics": "nonsense"}, "metrics", "unknown_choice"),
        ({"metrics": ""}, "metrics", "blank"),
        ({"segmentation": "nonsense"}, "segmentation", "invalid_choice"),
        ({"model": "nonsense"}, "model", "invalid_choice"),
        ({"basis": "nonsense"}, "basis", "invalid_choice"),
        ({"segment": "nobody"}, "segment", "unknown_segment"),
        ({"campaign": "none"}, "campaign", "unknown_campaign"),
        ({"from_": "2026-04-11"}, "to", "out_of_range"),
        ({"to": "0001-01-01"}, "to", "out_of_range"),
        ({"from_": "9999-12-31"}, "from", "out_of_range"),
        ({"as_of": "2038-01-01T00:00:00Z"}, "as_of", "out_of_range"),
        ({"segment": "a\0b"}, "segment", "nul"),
        ({"other": "1"}, "other", "unknown_field"),
    ],
)
def test_what_is_refused(asked, told, path, code):
    found = asked(ADDRESS, status=400, **told)
    assert [(one["path"], one["code"]) for one in found["errors"]] == [(path, code)]


def test_who_may_ask_how_often(asked, client_with, settings, caplog):
    for address in (ADDRESS, "personalization/attribution/"):
        assert client_with("predictions.view_scores").send("GET", address).status_code == 403
        with one_at_a_time():
            assert asked(address, status=503)["code"] == "busy"
    assert {one.levelname for one in caplog.records} == {"WARNING"}
    settings.ANALYTICS_RATE = 1
    asked()
    asked("personalization/attribution/", status=429)


def test_an_empty_shop_has_no_figures(asked):
    found = asked()
    assert found["customer_satisfaction_impact"] is None
    assert found["incremental_revenue"]["reason"] == "too_few"
    assert (found["revenue_lift"], found["roi"], found["engagement"]) == (None, None, [])
    for by in ("segment", "cluster", "channel", "device_type", "traffic_source", "placement"):
        assert [one for one in asked(segmentation=by)["cells"] if one["key"] != "direct"] == []
