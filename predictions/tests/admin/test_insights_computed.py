"""Journey, projection and benchmarks on their pages: the numbers of the calls, in every state."""

import json
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db.models import F

from conditions.matching import matching_customers
from core.text.formats import moment_shown
from customers.models import Order
from predictions.admin.insights.numbers import period_in_words
from predictions.analytics.computation.views import COMPUTED_VIEWS
from predictions.figures.single_computation import turn
from predictions.models import Benchmark
from predictions.scoring.runs import score
from predictions.tasks import keep_views
from predictions.tests.admin.test_insights import (
    BUILDS,
    JOURNEY,
    VALUE,
    Page,
    asked,
    client_with,
    money,
    percent,
    shown,
    whole,
)
from predictions.tests.figures.test_projection import AS_OF, deployed, store_returning
from segments.editing.saving import create_segment
from segments.models import Membership
from segments.rules.definition import Definition
from tests.cases import first

PAGE_OF = {"journey": JOURNEY, "projection": VALUE, "benchmarks": VALUE}
STAGES = {
    "not_there": "Not there yet",
    "visitor": "Visitor",
    "registered": "Registered",
    "first_order": "First order",
    "repeat": "Bought again",
    "loyal": "Buys often",
    "lapsing": "Lapsing",
    "lost": "Lost",
}


@pytest.fixture(scope="module")
def kept_for_all(rows_for_all):
    """A shop that was scored, and of which the views are kept."""
    store_returning(days=800)
    deployed()
    keep_views(score(as_of=AS_OF).pk)


@pytest.fixture
def kept(kept_for_all, db):
    """The same shop, to which each test may do something of its own."""


def section(html, name):
    """Return the part of the page under an id."""
    return html.split(f'id="{name}"')[1].split("</section>")[0]


def said(html):
    """Return the words of a part of the page."""
    return " ".join(unescape(html).split())


def tables(html, name):
    return Page(section(html, name)).tables


# Journey ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [{}, {"from": "2025-09-01", "to": "2026-02-01"}], ids=str)
def test_the_map_of_moves_has_the_numbers_of_the_api(kept, given):
    found = asked("journey", **given)
    form = {"show": "journey"} | {f"journey-{name}": text for name, text in given.items()}
    html = shown(JOURNEY, *BUILDS, **(form if given else {}))
    moves, stages = tables(html, "journey")
    expected = {(one["from"], one["to"]): whole(one["customers"]) for one in found["moves"]}
    after = [code for code in STAGES if code != "not_there"]
    assert moves[0][1:] == [STAGES[code] for code in after]
    assert moves[1:] == [
        [label, *(expected[code, other] for other in after)] for code, label in STAGES.items()
    ]
    assert stages[1:] == [
        [STAGES[one["stage"]], whole(one["from"]), whole(one["to"])] for one in found["stages"]
    ]
    assert f"altogether: {whole(found['customers'])}" in said(section(html, "journey"))


def test_stages_lead_to_their_customers(kept):
    found = asked("journey")
    links = {
        parse_qs(urlsplit(href).query)["conditions"][0]: label
        for href, label in Page(section(shown(JOURNEY, *BUILDS), "journey")).links
    }
    there = [one for one in found["stages"] if one["to"]]
    assert len(links) == len(there) > 2
    for one in there:
        (label,) = [label for tree, label in links.items() if f'"{one["stage"]}"' in tree]
        assert label.startswith(f"{whole(one['to'])}: ")
    assert Page(section(shown(JOURNEY), "journey")).links == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"journey-from": "2026-03-02", "journey-to": "2026-03-01"},
            "end, March 1, 2026 at 00:00 UTC",
        ),
        ({"journey-from": "soon"}, "Datetime"),
        ({"journey-to": "0001-01-01"}, "too far away"),
        ({"journey-to": "9899-12-31"}, "The end may not be in the future"),
        ({"journey-to": "9" * 400}, ""),
    ],
    ids=str,
)
def test_what_is_no_period_is_said_at_its_field_which_stays_filled_in(kept, given, words):
    part = section(shown(JOURNEY, show="journey", **given), "journey")
    assert 'class="errorlist"' in part and 'aria-invalid="true"' in part
    assert words in said(part)
    assert all(f'value="{text}"' in part for text in given.values())
    assert "<table" not in part


def test_no_command_is_named(kept):
    part = section(shown(VALUE, show="benchmarks"), "benchmarks")
    assert "Figures of others stand here once they have been imported" in part
    assert "manage.py" not in part


# Projection -------------------------------------------------------------------------------------


@pytest.mark.parametrize("months", first([2, None, 1]))
def test_expected_sales_are_those_of_the_api(kept, months):
    given = {} if months is None else {"months": months}
    found = asked("projection", **given)
    form = {"show": "projection", "projection-months": months} if months else {}
    html = shown(VALUE, **form)
    lines, *tests = tables(html, "projection")
    index = "–" if found["error"] is None else None
    assert lines[1:-1] == [
        [
            f"{date.fromisoformat(one['month'] + '-01'):%B %Y}",
            *(money(one[name]) for name in ("sales", "low", "high")),
            "–" if one["index"] is None else f"{Decimal(one['index']):.2f}",
        ]
        for one in found["months"]
    ]
    total = found["total"]
    assert lines[-1] == ["All together", *(money(total[n]) for n in ("sales", "low", "high")), ""]
    if found["back_tests"]:
        assert [row[1:] for row in tests[0][1:]] == [
            [money(one["forecast"]), money(one["sales"]), percent(one["error"])]
            for one in found["back_tests"]
        ]
    words = said(section(html, "projection"))
    assert ("not a confidence interval" in words) == (index is None)
    assert ("how far off this may be is not known" in words) == (index == "–")
    assert f"<dd>{whole(found['buyers'])}</dd>" in html


@pytest.mark.parametrize("months", ["0", "1,000", "NaN", "9" * 300, "-3"])
def test_what_is_no_number_of_months_is_said_at_the_field(kept, months):
    part = section(
        shown(VALUE, **{"show": "projection", "projection-months": months}), "projection"
    )
    assert "A whole number from 1 to 60 is needed." in said(part)
    assert f'value="{months}"' in part


def test_another_version_that_is_deployed_is_said(kept):
    assert "version has been deployed" not in section(shown(VALUE), "projection")
    deployed(warnings=["total_error"])
    assert "version has been deployed" in section(shown(VALUE), "projection")


# Benchmarks -------------------------------------------------------------------------------------


@pytest.mark.parametrize("period", ["", "2025", "2026-Q1"])
def test_figures_of_a_period_are_those_of_the_api(kept, period):
    Benchmark.objects.create(
        *(),
        metric="repeat_rate",
        value="0.28",
        period="2025",
        source="<b>Survey",
        imported_at=AS_OF,
    )
    Benchmark.objects.create(
        metric="basket_size", value="3.25", period="2025", source="Me", imported_at=AS_OF
    )
    found = asked("benchmarks", **({"period": period} if period else {}))
    form = {"show": "benchmarks", "benchmarks-period": period}
    html = shown(VALUE, **(form if period else {}))
    (table,) = tables(html, "benchmarks")
    names = ("period", "last_period", "last_year")
    assert table[0][1:-1] == [period_in_words(found[name]) for name in names]
    # A month has its name; a year or quarter stands as it is typed.
    assert table[0][1] == (period or "March 2026")
    write = {
        "sales": money,
        "average_order_value": money,
        "repeat_rate": percent,
        "refund_share": percent,
    }
    for row, one in zip(table[1:], found["metrics"], strict=True):
        for cell, name in zip(row[1:], ("own", "last_period", "last_year"), strict=False):
            value = one[name]
            if value is None:
                assert cell == "–"
            elif isinstance(value, int):
                assert cell == whole(value)
            else:
                assert cell == write.get(one["metric"], money)(value)
    others = {row[0]: row[-1] for row in table[1:]}
    assert others["Buyers who had bought before"] == "28.0% (2025, <b>Survey)"
    assert "<b>Survey" not in html
    assert others["basket_size"] == "3.25 (2025, Me)"
    assert others["Orders"] == "–"


def test_buyers_of_a_period_lead_to_those_customers(kept):
    links = Page(section(shown(VALUE, *BUILDS), "benchmarks")).links
    (buyers,) = [one for one in asked("benchmarks")["metrics"] if one["metric"] == "buyers"]
    there = [buyers[name] for name in ("own", "last_period", "last_year") if buyers[name]]
    assert len(links) == len(there) > 1
    for (address, label), count in zip(links, there, strict=True):
        (tree,) = parse_qs(urlsplit(address).query)["conditions"]
        found = matching_customers(json.loads(tree), as_of=AS_OF, applies_to="both")
        assert found.count() == count
        assert label == f"{whole(count)}: show these customers"


def test_segments_are_compared_by_who_may_see_them(kept):
    segment = create_segment(Definition("Fans & <friends>"), author=None).segment
    order = Order.objects.filter(state="complete", created_at__lt=AS_OF).latest("created_at")
    Membership.objects.create(segment=segment, customer=order.customer, entered_at=AS_OF)
    form = {"show": "benchmarks", "benchmarks-period": "2026", "benchmarks-segments": segment.code}
    html = shown(VALUE, "segments.view_segment", **form)
    (table,) = tables(html, "benchmarks")
    assert table[0][4] == "Fans & <friends>"
    bought = Order.objects.filter(
        customer=order.customer, created_at__year=2026, created_at__lte=AS_OF
    ).exclude(state__in=["canceled", "closed"])
    assert table[2][4] == whole(bought.count()) != "0"
    assert f'value="{segment.code}" checked' in html
    client = client_with("predictions.view_scores")
    assert client.get(VALUE, form).status_code == 403
    assert segment.code not in section(shown(VALUE), "benchmarks")


@pytest.mark.parametrize("period", ["2026-13", "1,000", "9" * 300, '"><script>'])
def test_what_is_no_period_is_said_at_the_field(kept, period):
    part = section(
        shown(VALUE, **{"show": "benchmarks", "benchmarks-period": period}), "benchmarks"
    )
    assert "A period is needed: 2026, 2026-Q3 or 2026-10." in said(part)
    assert "<script>" not in part


# States -----------------------------------------------------------------------------------------


def test_what_is_kept_waits_for_nobody_and_is_not_computed_again(kept, monkeypatch):
    monkeypatch.setattr("predictions.analytics.views.journey.moves", None)
    monkeypatch.setattr("predictions.figures.projection.project_sales", None)
    monkeypatch.setattr("predictions.analytics.views.benchmarks.figures", None)
    with turn():
        htmls = {name: shown(page) for name, page in PAGE_OF.items()}
    for name, html in htmls.items():
        assert "<table" in section(html, name)
        assert moment_shown(AS_OF) in html
    assert "Scores of version 1" in section(htmls["projection"], "projection")


def test_a_period_that_is_typed_has_the_figures_of_the_one_that_is_shown(kept):
    """Whatever has become known of it since."""
    usual = section(shown(VALUE), "benchmarks")
    Order.objects.update(grand_total=F("grand_total") + 1)
    asked_for = {"show": "benchmarks", "benchmarks-period": "2026-03"}
    assert Page(section(shown(VALUE, **asked_for), "benchmarks")).tables == Page(usual).tables
    earlier = asked_for | {"benchmarks-period": "2026-02"}
    assert Page(section(shown(VALUE, **earlier), "benchmarks")).tables != Page(usual).tables


def test_each_view_has_a_section_and_its_form(kept):
    for name, page in PAGE_OF.items():
        part = section(shown(page), name)
        for parameter in COMPUTED_VIEWS[name].parameters:
            if not parameter.permissions:
                assert f'name="{name}-{parameter.name}"' in part
        assert "style=" not in part and "<script" not in part


def test_a_view_that_is_none_changes_nothing(kept):
    assert shown(VALUE, show="nothing") == shown(VALUE, show="rfm") == shown(VALUE)


def test_the_period_of_the_moves_stands_above_them(kept):
    words = said(section(shown(JOURNEY), "journey"))
    assert (
        f"From {moment_shown(AS_OF - timedelta(days=30))} to {moment_shown(AS_OF)}; customers"
        in words
    )
