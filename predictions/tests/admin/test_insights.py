"""Value, RFM, Cohorts, Journey: each number is the API's, each link leads to its customers."""

import json
import random
import re
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from html import unescape
from html.parser import HTMLParser
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from celery import current_app
from django.contrib.auth.models import User
from django.core.cache import cache
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from conditions.matching import matching_customers
from conditions.tests.examples.awkward_values import NOW
from core.clock import now
from customers.models import (
    ConsentState,
    Customer,
    CustomerGroup,
    Order,
    Purpose,
    Store,
    Website,
)
from predictions.analytics.parameters import all_view_requests
from predictions.models import (
    AnalyticsTable,
    CustomerPrediction,
    ModelVersion,
    PredictionModel,
    ScoringRun,
    ScoringShard,
)
from predictions.scoring.runs import score
from predictions.tests.analytics.test_analytics import clv, deploy_new
from tests.factories.clients import staff_user

__all__ = ["clv"]

OLD_PAGE = "/admin/predictions/analyticstable/"
VALUE, RFM, COHORTS, JOURNEY = PAGES = [
    f"{OLD_PAGE}{code}/" for code in ("value", "rfm", "cohorts", "journey")
]
BUILDS = ("segments.view_segment", "segments.add_segment", "conditions.preview")


class Page(HTMLParser):
    """The tables of a page as rows of texts, and its links by address."""

    def __init__(self, html):
        super().__init__()
        self.tables, self.links, self.labels = [], [], []
        self._cell = None
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in {"td", "th"}:
            self._cell = []
        elif tag == "a" and "conditions=" in given.get("href", ""):
            self.links.append((given["href"], given.get("aria-label", "")))

    def handle_endtag(self, tag):
        if tag in {"td", "th"}:
            self.tables[-1][-1].append(" ".join("".join(self._cell).split()))
            self._cell = None

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_data(self, data):
        if self._cell is not None:
            # What stands below a number in a cell is a text of its own.
            self._cell.append(f" {data} ")


def client_with(*names):
    client = Client()
    client.force_login(staff_user("merchant", *names))
    return client


def shown(page, *names, **parameters):
    response = client_with("predictions.view_scores", *names).get(page, parameters)
    assert response.status_code == 200
    return response.content.decode().split('id="content"')[1]


def asked(view, **parameters):
    answer = client_with("predictions.view_scores").get(
        "/api/v1/clv/analytics/", {"view": view} | parameters
    )
    assert answer.status_code == 200
    return answer.json()


def whole(number):
    return f"{number:,}"


def money(text):
    return "–" if text is None else f"{_rounded(text, '0.01'):,}"


def percent(text):
    return "–" if text is None else f"{_rounded(Decimal(text) * 100, '0.1'):,}%"


def _rounded(value, step):
    return Decimal(value).quantize(Decimal(step), rounding=ROUND_HALF_UP)


@pytest.fixture
def buyers(db):
    """Sixty customers in two zones, most with some sales in three years, nothing after NOW."""
    rng = random.Random(4)
    apia = Website.objects.create(code="apia", name="Apia", timezone="Pacific/Apia")
    store = Store.objects.select_related("website").get(code="default")
    group = CustomerGroup.objects.get(code="general")
    made = Customer.objects.bulk_create(
        Customer(
            external_id=f"B{n}",
            website=apia if n % 3 else store.website,
            store=store,
            group=group,
        )
        for n in range(60)
    )
    orders = []
    for one in made[:50]:
        days = rng.choice([90, 400, 1_090])
        for _number in range(rng.choice([1, 1, 2, 3, 6])):
            at = NOW - timedelta(days=rng.uniform(0, days))
            state = rng.choice(["complete", "complete", "new", "canceled", "closed"])
            total = Decimal(rng.randint(1, 90_000)) / 100
            values = {"customer": one, "store": store, "created_at": at, "updated_at": at}
            orders.append(Order(**values, number=f"B{len(orders)}", grand_total=total, state=state))
    Order.objects.bulk_create(orders)
    return made


def _is_asked_by_default(asked_for):
    by, value = asked_for.values
    return by == "month" or value == "sales"


# All tables of cohorts; the default tier asks each figure by month, and one by week.
COHORT_TABLES = [
    one if _is_asked_by_default(one) else pytest.param(one, marks=pytest.mark.exhaustive)
    for one in all_view_requests("cohorts")
]


# Numbers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked_for", COHORT_TABLES, ids=lambda one: one.text)
def test_the_map_of_cohorts_has_the_numbers_of_the_api(buyers, asked_for):
    score(as_of=NOW)
    found = asked("cohorts", **asked_for.parameters)
    (title, *columns), *rows = Page(shown(COHORTS, **asked_for.parameters)).tables[0]
    _by, value = asked_for.values
    write = {"customers": whole, "orders": whole, "retention": percent}.get(value, money)
    expected = [
        [label, *(write(cell) for cell in cells[:13])]
        for label, cells in zip(found["labels"], found["rows"], strict=True)
    ]
    assert (title, rows) == ("Cohort", expected[-13:])
    assert columns == [str(k) for k in range(max(map(len, rows)) - 1)]
    assert found["count"] > 3


def test_cohorts_that_are_too_long_ago_are_counted(buyers, make_customer, make_order):
    score(as_of=NOW)
    assert "began so long before these" not in shown(COHORTS)
    AnalyticsTable.objects.filter(view="cohorts").update(
        data={"count": 0, "labels": [], "rows": []}
    )
    # As an earlier release has stored it.
    assert "Nobody has bought anything yet." in shown(COHORTS)
    make_order(make_customer("long ago"), datetime(1, 2, 3, tzinfo=UTC))
    score(as_of=NOW)
    found = asked("cohorts")
    assert (found["left_out"], found["count"]) == (1, len(found["labels"]) + 1)
    assert "1 cohort began so long before these" in shown(COHORTS)


def test_the_map_leads_to_all_cohorts(buyers):
    score(as_of=NOW)
    labels = asked("cohorts", by="week")["labels"]
    assert len(labels) > 26
    found, address = [], "?by=week&value=orders"
    while address:
        html = shown(COHORTS, **dict(parse_qsl(urlsplit(address).query)))
        _head, *rows = Page(html).tables[0]
        place = f"Cohorts {len(found) + 1} to {len(found) + len(rows)} of {len(labels)}"
        assert place in html and '<option value="orders" selected' in html
        found = [row[0] for row in rows] + found
        earlier = re.search(r'<a href="([^"]*)">Earlier cohorts', html)
        address = earlier and unescape(earlier[1])
    assert found == labels
    assert "Later cohorts" in html
    for wrong in ("-1", "x", "²", "9" * 5000, ""):
        assert Page(shown(COHORTS, by="week", passed=wrong)).tables[0][-1][0] == labels[-1]
    assert Page(shown(COHORTS, by="week", passed="999999")).tables[0][1][0] == labels[0]


def test_all_other_tables_have_the_numbers_of_the_api(buyers, clv):
    score(as_of=NOW)
    html = shown(VALUE)
    pages = html + shown(RFM)
    tables = {tuple(rows[0]): rows[1:] for rows in Page(pages).tables}
    found = asked("clv")
    assert tables["From", "Below", "Customers"] == [
        [money(one["from"]), money(one["to"]), whole(one["count"])] for one in found["histogram"]
    ]
    assert tables["Per cent of customers", "have at most"] == [
        [str(percent), money(value)]
        for percent, value in zip(range(10, 100, 10), found["deciles"], strict=True)
    ]
    bands = ("Band", "Customers", "All together, €", "Mean, €", "Share")
    assert tables[bands] == [
        [
            one["band"].capitalize(),
            whole(one["count"]),
            money(one["sum"]),
            money(one["mean"]),
            percent(one["share"]),
        ]
        for one in found["bands"]
    ]
    figures = re.findall(r"<dd>(.*?)</dd>", html)
    gini = f"{_rounded(found['gini'], '0.01')}"
    assert figures[4:] == [
        whole(found["count"]), "€" + money(found["sum"]), "€" + money(found["mean"]), gini
    ]  # fmt: skip
    summary = asked("summary")
    counts = [whole(summary[name]) for name in ("customers", "buyers", "orders")]
    assert figures[:4] == [*counts, "€" + money(summary["sales"])]

    rfm = asked("rfm")
    grid = next(rows for head, rows in tables.items() if head[0].startswith("Recency ↓"))
    placed = {(one["recency_score"], one["frequency_score"]): one for one in rfm["cells"]}
    assert grid == [
        [
            str(r),
            *(
                f"{whole(placed[r, f]['customers'])} {percent(placed[r, f]['sales_share'])}"
                for f in range(1, 6)
            ),
        ]
        for r in range(5, 0, -1)
    ]
    listed = ("Recency", "Frequency", "RFM class", "Customers", "Sales, €", "Share of sales")
    assert [row[:2] + row[3:] for row in tables[listed]] == [
        [str(one["recency_score"]), str(one["frequency_score"]), *part(one)] for one in rfm["cells"]
    ]
    segments = tables["RFM class", "Customers", "Sales, €", "Share of sales"]
    assert [row[1:] for row in segments] == [part(one) for one in rfm["segments"]]
    seasons = tables["Month", "Index", "Index of repeat purchases"]
    assert [index for _month, index, _purchases in seasons] == [
        f"{_rounded(one['index'], '0.01')}" for one in asked("seasonality")["months"]
    ]
    assert seasons[2][0] == "March"


def part(one):
    return [whole(one["customers"]), money(one["sales"]), percent(one["sales_share"])]


def test_a_few_large_values_are_said_to_stand_in_the_last_column(buyers, clv):
    score(as_of=NOW)
    found = asked("clv")["histogram"]
    width = Decimal(found[0]["to"]) - Decimal(found[0]["from"])
    said = f"The last column are all from €{money(found[-1]['from'])} on"
    assert (said in shown(VALUE)) == (Decimal(found[-1]["to"]) - Decimal(found[-1]["from"]) > width)
    table = AnalyticsTable.objects.get(view="clv")
    last = table.data["histogram"][-1]
    for more, is_said in ((width, False), (5 * width, True)):
        last["to"] = f"{Decimal(last['from']) + more:.4f}"
        table.save()
        text = f"{said}; the greatest value is €{money(last['to'])}."
        html = shown(VALUE)
        assert (text in html) == is_said
        # Of that the axis ends where the last column begins, since all are of one width.
        end = f"{money(last['from'])} and more" if is_said else money(last["to"])
        assert f'<span class="chart-to">{end}</span>' in html


def test_the_values_say_over_which_time_and_in_what_money(buyers, clv):
    score(as_of=NOW)
    told = {"horizon_days": 365, "discount": 0.1, "margin": 1.0}
    ModelVersion.objects.filter(model=clv).update(parameters=told)
    html = shown(VALUE, "predictions.train_model")
    assert "The revenue that is expected in the next 365 days." in html
    top = next(one["count"] for one in asked("clv")["bands"] if one["band"] == "top")
    assert re.search(rf"The top [0-9.]+% of buyers \({top}\) bring [0-9.]+% of the", html)
    form = reverse("admin:predictions_predictionmodel_train", args=[clv.pk])
    assert f'href="{form}">Train it with your margin' in html
    assert "Train it with your margin" not in shown(VALUE)
    assert ">All together, €</th>" in html and ">Mean, €</th>" in html
    assert "the API and the command" not in html


def test_pages_have_one_date_and_scores_have_their_version(buyers, clv):
    score(as_of=NOW)
    for page, of_scores in ((VALUE, 1), (RFM, 1), (COHORTS, 0), (JOURNEY, 0)):
        head, *panels = shown(page).split("<section")[1:]
        assert "As of Mar 10, 2024" in head
        versions = sum("Scores of version 1, as of Mar 10, 2024" in one for one in panels)
        assert versions == of_scores
        assert not any(">As of Mar" in one for one in panels)


def test_part_of_another_date_says_so():
    place = "admin/predictions/insights/as_of.html"
    given = {"found": {"as_of": NOW - timedelta(days=1)}, "page_as_of": NOW}
    assert "As of Mar 9, 2024" in render_to_string(place, given)


def test_what_is_not_over_is_said_and_framed(buyers):
    score(as_of=NOW)
    html = shown(COHORTS, by="month", value="orders")
    assert "not over yet (2024-03)" in html
    labels = asked("cohorts")["labels"]
    assert html.count("heat-incomplete") == len(labels[-13:]) - sum(
        len(cells) > 13 for cells in asked("cohorts")["rows"][-13:]
    )


def test_what_is_not_there_to_choose_shows_the_usual(buyers):
    score(as_of=NOW)
    assert shown(COHORTS, by="decade", value="") == shown(COHORTS, by="month", value="customers")
    assert '<option value="week" selected>' in shown(COHORTS, by="week", value="sales")


# Links ------------------------------------------------------------------------------------------


@pytest.mark.both
def test_each_link_leads_to_just_the_customers_of_its_number(buyers, clv, say):
    for one in buyers[:60:6]:
        say(one, Purpose.PERSONALIZATION, ConsentState.REFUSED)
    score(as_of=NOW)
    links = [one for page in PAGES for one in Page(shown(page, *BUILDS)).links if one[1]]
    assert len(links) > 90
    for address, label in links:
        given = parse_qs(urlsplit(address).query)
        (tree,), (name,), (applies_to,) = (
            given[key] for key in ("conditions", "name", "applies_to")
        )
        chosen = matching_customers(json.loads(tree), as_of=NOW, applies_to=applies_to)
        number, _colon, said = label.partition(": ")
        assert whole(chosen.count()) == number, (label, tree)
        assert name
        assert said


def test_a_link_of_weeks_and_shares_leads_to_the_customers_of_its_cell(buyers):
    score(as_of=NOW)
    found = asked("cohorts", by="week", value="customers")
    counts = dict(zip(found["labels"], found["rows"], strict=True))
    cells = 0
    for address, label in Page(shown(COHORTS, *BUILDS, by="week", value="retention")).links:
        if "2" not in label.partition("customers, ")[2][:1]:
            continue
        week, later = label.partition("customers, ")[2].split(", ")
        (tree,) = parse_qs(urlsplit(address).query)["conditions"]
        chosen = matching_customers(json.loads(tree), as_of=NOW, applies_to="both")
        assert chosen.count() == counts[week][int(later)]
        cells += 1
    assert cells > 13


def test_the_builder_begins_with_what_a_link_brings(buyers):
    score(as_of=NOW)
    address, _label = Page(shown(RFM, *BUILDS)).links[0]
    response = client_with(*BUILDS).get(address)
    assert response.status_code == 200
    form = response.context["adminform"].form
    (tree,) = parse_qs(urlsplit(address).query)["conditions"]
    assert form["conditions"].value() == tree
    assert form["applies_to"].value() == "both"
    assert form["name"].value()


def test_who_may_not_build_segments_has_no_links_but_all_numbers(buyers, clv):
    score(as_of=NOW)
    for missing in BUILDS:
        rest = [name for name in BUILDS if name != missing]
        assert [Page(shown(page, *rest)).links for page in PAGES] == [[]] * len(PAGES)
    for page in PAGES:
        assert Page(shown(page)).tables == Page(shown(page, *BUILDS)).tables


# Who, and when ----------------------------------------------------------------------------------


def test_who_may_not_see_scores_sees_neither_page_nor_link(buyers):
    score(as_of=NOW)
    client = client_with("customers.view_customer", *BUILDS)
    menu = client.get(reverse("admin:index")).content.decode()
    for page in (OLD_PAGE, *PAGES):
        assert client.get(page).status_code == 403
        assert page not in menu
    html = client_with("predictions.view_scores").get(VALUE).content.decode()
    assert all(f'href="{page}"' in html for page in PAGES)
    client.logout()
    assert {client.get(page).status_code for page in (OLD_PAGE, *PAGES)} == {302}


@pytest.mark.parametrize(
    ("query", "page"),
    [
        ("", VALUE),
        ("?show=projection&projection-months=2", VALUE),
        ("?by=week&value=sales", COHORTS),
        ("?show=journey&journey-from=2024-01-01", JOURNEY),
    ],
)
def test_the_former_address_leads_to_the_page(db, query, page):
    answer = client_with("predictions.view_scores").get(f"{OLD_PAGE}{query}")
    assert (answer.status_code, answer.url) == (302, page + query)


def test_the_tables_themselves_have_no_pages(buyers):
    score(as_of=NOW)
    key = AnalyticsTable.objects.first().pk
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    for place in ("add/", f"{key}/change/", f"{key}/delete/"):
        assert client.get(f"{OLD_PAGE}{place}", follow=True).status_code in {200, 404}
        assert client.post(f"{OLD_PAGE}{place}", {"post": "yes"}).status_code in {302, 404}
    assert AnalyticsTable.objects.filter(pk=key).exists()
    assert client.post(VALUE, {"action": "delete_selected", "_selected_action": key})
    assert AnalyticsTable.objects.filter(pk=key).exists()


@pytest.mark.parametrize("page", PAGES)
def test_without_data_a_page_says_what_is_missing(page, make_customer, make_order):
    html = shown(page, "customers.import_shop", "predictions.train_model")
    assert "There are no orders yet" in html
    assert 'href="/admin/shops/shopimport/"' in html and "Compute now" not in html
    assert "shopimport" not in shown(page)
    buyer = make_customer()
    score(as_of=NOW)
    html = shown(page, "customers.import_shop")
    if page != JOURNEY:  # Customers have a stage before their first order.
        assert "No customer has an order yet" in html and "<table" not in html
    make_order(buyer, NOW)
    html = shown(page, "predictions.train_model")
    assert "Compute now" in html
    assert ("There are orders, but no figures yet" in html) == (page != JOURNEY)


def test_lifetime_values_begin_with_what_helps(buyers, clv):
    PredictionModel.objects.filter(pk=clv.pk).update(deployed=None)
    ModelVersion.objects.filter(model=clv).delete()
    score(as_of=NOW)
    may = ("predictions.train_model", "customers.import_shop")
    html = shown(VALUE, *may)
    needed = "Training needs 50 customers who have bought on two days or more."
    assert needed in html and 'href="/admin/shops/shopimport/"' in html
    assert "Train the model of lifetime value<" not in html
    CustomerPrediction.objects.update(gap_days=30)
    html = shown(VALUE, *may)
    assert needed not in html and "Train the model of lifetime value<" in html


def test_each_state_of_lifetime_values_is_a_sentence(buyers, clv):
    model = PredictionModel.objects.get(code="clv")
    version = model.deployed
    PredictionModel.objects.filter(pk=model.pk).update(deployed=None)
    score(as_of=NOW)
    assert "No version of the model of lifetime value is deployed" in shown(VALUE)
    PredictionModel.objects.filter(pk=model.pk).update(deployed=version)
    assert "has not scored anybody yet" in shown(VALUE)
    ModelVersion.objects.filter(pk=version.pk).update(
        parameters={"margin": 1}, warnings=["no_dropout_visible", "no_mean_value", "new_code"]
    )
    score(as_of=NOW)
    html = shown(VALUE)
    for said in ("revenue, not profit", "nobody is seen to leave", "differs too much", "new_code"):
        assert said in html
    assert "Another version has been deployed" not in html
    deploy_new(model, parameters={"margin": 0.3})
    assert "Another version has been deployed" in shown(VALUE)
    score(as_of=NOW)
    html = shown(VALUE)
    assert "Scores of version 2" in html
    assert "not profit" not in html
    assert "deployed meanwhile" not in html


def test_a_model_that_was_never_trained_is_called_so(buyers):
    score(as_of=NOW)
    assert "The model of lifetime value is not trained yet" in shown(VALUE)


def test_it_has_no_inline_script_or_style(buyers, clv):
    score(as_of=NOW)
    script = r'<script(?![^>]*(?:\bsrc=|type="application/json"))[^>]*>'
    client = client_with("predictions.view_scores", *BUILDS)
    for page in PAGES:
        html = client.get(page).content.decode()
        assert re.findall(rf"{script}|<style|\sstyle=|\son\w+=", html) == []


def test_what_is_drawn_is_cut_and_that_is_said(make_customer, make_order):
    for months in range(20):
        make_order(make_customer(), NOW - timedelta(days=30 * months))
    score(as_of=NOW)
    html = shown(COHORTS)
    (_head, *rows) = Page(html).tables[0]
    assert len(rows) == 13
    assert f"Cohorts 1 to 13 of {asked('cohorts')['count']}, counted from the latest" in html


# Compute now ------------------------------------------------------------------------------------


def test_who_may_train_has_everybody_scored_once_and_sees_how_far_it_is(
    buyers, monkeypatch, settings
):
    sent = []
    monkeypatch.setattr(current_app, "send_task", sent.append)
    cache.clear()
    assert not any("Compute now" in shown(page) for page in PAGES)
    client = client_with("predictions.view_scores", "predictions.train_model")
    assert "Compute now" in client.get(VALUE).content.decode()
    assert client.get(f"{OLD_PAGE}compute/").status_code == 405
    answers = [
        client.post(f"{OLD_PAGE}compute/", follow=True).content.decode() for _time in range(2)
    ]
    assert "A worker scores everybody now" in answers[0]
    assert "Everybody is being scored already." in answers[1]
    assert sent == ["predictions.score"]
    run = ScoringRun.objects.create(
        codes=["rfm"], as_of=NOW, started_at=now(), seen_at=now(), shards_count=2
    )
    ScoringShard.objects.create(run=run, after=0, is_done=True)
    ScoringShard.objects.create(run=run, after=9)
    words = client.get(VALUE).content.decode()
    assert "1 of 2 parts are done" in words and "Compute now" not in words
    # Whose worker has died is none that one waits for.
    ScoringRun.objects.update(seen_at=now() - timedelta(seconds=settings.LEASE_SECONDS + 1))
    assert "Compute now" in client.get(VALUE).content.decode()


def test_who_may_not_train_has_nobody_scored(buyers, monkeypatch):
    monkeypatch.setattr(current_app, "send_task", None)
    assert client_with("predictions.view_scores").post(f"{OLD_PAGE}compute/").status_code == 403
