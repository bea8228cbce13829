"""The page of attribution: its numbers are the API's, its forms guess nothing."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from core.clock import now
from core.text.formats import cents_shown
from predictions.admin.attribution import credits
from predictions.admin.attribution.credits import Credits
from predictions.figures.single_computation import turn
from predictions.tests.admin.test_insights import Page
from predictions.tests.touching import asked, client_with, make_campaign, make_touch

PAGE = reverse("admin:predictions_touchcampaign_changelist")
DAY = timedelta(days=1)


@pytest.fixture
def shop(db, make_customer, make_order):
    """Two campaigns, one of which held half of its sixty customers out."""
    spring = make_campaign("spring", "email", Decimal("12.5"), name="Spring <b>")
    make_campaign("unsold", "ads", 3)
    for number in range(60):
        customer = make_customer()
        make_touch(customer, spring, now() - 3 * DAY, ["contacted", "held_out"][number % 2])
        if number < 20:
            make_order(customer, now() - 2 * DAY, grand_total=10 + number % 2 + number)
    make_order(make_customer(), now() - 40 * DAY, grand_total=1_000)


def page(**parameters):
    parameters = {name.rstrip("_"): value for name, value in parameters.items()}
    response = client_with("predictions.view_scores").get(PAGE, parameters)
    assert response.status_code == 200
    return response.content.decode().split('id="content"')[1]


def shown(text):
    return "–" if text is None else f"{Decimal(text):,.2f}"


def percent(value):
    return "–" if value is None else f"{Decimal(value) * 100:,.1f}%"


@pytest.mark.parametrize("by", ["channel", "campaign"])
@pytest.mark.parametrize("model", ["last_touch", "markov"])
def test_its_numbers_are_those_of_the_api(shop, by, model):
    since = (now() - 60 * DAY).date().isoformat()
    given = {"model": model, "by": by, "window_days": "1", "from_": since}
    found = asked("attribution", **given)
    head, *rows = Page(page(**given)).tables[0]
    revenue = Decimal(found["revenue"])
    names = {"direct": "No touch (direct)", "spring": "Spring <b> (spring)"}
    expected = [
        [
            names.get(row["key"], row["key"]),
            shown(row["credit"]),
            percent(Decimal(row["credit"]) / revenue),
            *([shown(row["cost"]), percent(row["roi"])] if by == "campaign" else []),
        ]
        for row in found["rows"]
    ]
    assert rows == expected and len(rows) == 2
    assert len(head) == len(rows[0])


def test_it_opens_with_the_sales_of_the_last_thirty_days(shop):
    html = page()
    assert {row[0] for row in Page(html).tables[0][1:]} == {"email", "No touch (direct)"}
    assert "1,000" not in html
    assert "Credit is shared out" in html and "<script" not in html
    assert 'class="chart-bars"' in html
    assert "Spring &lt;b&gt;" in html and "Spring <b>" not in html


def test_a_browser_gets_the_page_before_the_figures(shop):
    client, opened = client_with("predictions.view_scores"), {"sec-fetch-dest": "document"}
    html = client.get(PAGE, headers=opened).content.decode()
    assert 'data-working="now"' in html and "No touch (direct)" not in html
    assert 'href="?wait=1"' in html
    for more in (
        {"headers": {"sec-fetch-dest": "empty"}},
        {"headers": opened, "data": {"wait": 1}},
    ):
        html = client.get(PAGE, **more).content.decode()
        assert "data-working" not in html and "No touch (direct)" in html
    # A period that ends before it begins is refused before anything is computed.
    period = {"from": "2026-02-02", "to": "2026-02-01", "model": "linear", "by": "channel"}
    html = client.get(PAGE, period, headers=opened).content.decode()
    assert "has to be later than" in html and "data-working" not in html


@pytest.mark.parametrize(
    ("by", "credits", "direct", "said"),
    [
        (
            "channel",
            {"email": "3"},
            "97",
            "Of the revenue, 3.0% is credited to “email”, the most of all channels. "
            "97.0% of it came without a touchpoint.",
        ),
        (
            "campaign",
            {"spring": "60", "unsold": "40"},
            None,
            "Of the revenue, 60.0% is credited to “spring”, the most of all campaigns.",
        ),
        (
            "channel",
            {"ads": "50", "email": "50"},
            None,
            "Several channels are credited with the most, 50.0% of the revenue each.",
        ),
        (
            "channel",
            {"ads": "0"},
            "100",
            "No sale is credited to a channel: all of €100 is direct.",
        ),
        ("channel", {"ads": "-100"}, "0", ""),
    ],
)
def test_answer_is_true_beside_direct_sales_and_with_ties(db, by, credits, direct, said):
    all_credits = credits | ({} if direct is None else {"direct": direct})
    rows = [{"key": key, "credit": credit} for key, credit in all_credits.items()]
    revenue = str(sum(map(Decimal, all_credits.values())))
    found = {"by": by, "revenue": revenue, "rows": rows}
    assert Credits(found, f"€{revenue}", [], "", by == "campaign").answer == said


def test_a_lift_stands_there_with_its_interval(shop):
    found = asked("lift", campaign="spring", window_days=5)
    html = page(campaign="spring", days_after="5")
    low, high = (cents_shown(Decimal(one)) for one in found["interval"])
    assert cents_shown(Decimal(found["lift"])) in html and f"{low} to {high}" in html
    assert Page(html).tables[1][1:] == [
        ["Contacted", "30", shown(found["means"]["contacted"])],
        ["Control group", "30", shown(found["means"]["held_out"])],
    ]
    assert "not distinguishable from nothing" in html
    assert Decimal(found["interval"][0]) < 0 < Decimal(found["interval"][1])


@pytest.mark.parametrize(
    ("change", "said"),
    [(50, "has brought more"), (-50, "less was sold"), (0, "cannot be said")],
)
def test_what_a_lift_means_is_said(make_customer, make_order, change, said):
    campaign = make_campaign("one")
    for number in range(60):
        group = ["contacted", "held_out"][number % 2]
        customer = make_customer()
        make_touch(customer, campaign, now() - DAY, group)
        if change:
            wins = (group == "contacted") == (change > 0)
            make_order(customer, now(), grand_total=abs(change) * wins + number)
    assert said in page(campaign="one")


def test_too_few_to_measure_is_said_at_the_form(shop, make_customer):
    campaign = make_campaign("small")
    make_touch(make_customer(), campaign, now() - DAY, "held_out")
    html = page(campaign="small")
    assert "0 contacted and 1 in the control group: at least 30 of each are needed" in html
    # A campaign that has held nobody out is not offered.
    assert 'value="unsold"' not in html
    assert "Select a valid choice" in page(campaign="unsold")


def test_without_campaigns_it_says_what_to_do(db):
    html = page()
    assert (
        "Nothing was sold in this period" in html and "No campaign has a control group yet" in html
    )


def test_without_touches_it_says_so_and_how_to_get_some(make_customer, make_order):
    buyer, said = make_customer(), "No touchpoints yet"
    make_order(buyer, now() - 2 * DAY)
    assert said in page() and "Upload your own touchpoints" not in page()
    # Later than all sales: they are direct, but that is known now.
    make_touch(buyer, make_campaign("spring", "email"), now() - DAY)
    assert said not in page()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"window_days": "1,000"}, "A whole number of days from 1 to 3650 is needed here."),
        ({"window_days": "0"}, "A whole number of days from 1 to 3650 is needed here."),
        ({"window_days": "\0"}, "Null characters are not allowed."),
        ({"from_": "04/05/2026"}, "wrong format"),
        ({"from_": "0001-01-01"}, "The time is too far away."),
        ({"from_": "2026-02-02", "to": "2026-02-01"}, "has to be later than its beginning"),
        ({"model": "shapley"}, "Select a valid choice."),
        ({"by": ""}, "This field is required."),
        ({"campaign": "\0"}, "Select a valid choice."),
        ({"campaign": "spring", "days_after": "1e3"}, "A whole number of days"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_field(shop, given, said):
    usual = {"model": "linear", "by": "channel", "window_days": "30", "from_": "2026-01-01"}
    html = page(**usual | given)
    assert said in html and 'class="errorlist' in html


def test_more_rows_than_fit_are_summed(make_customer, make_order, monkeypatch):
    monkeypatch.setattr(credits, "SHOWN", 2)
    customer = make_customer()
    make_order(customer, now() - DAY, grand_total=60)
    for number in range(5):
        make_touch(customer, make_campaign(f"c{number}", f"channel{number}"), now() - 2 * DAY)
    rows = Page(page(model="linear", by="channel")).tables[0][1:]
    assert rows == [
        ["channel0", "12.00", "20.0%"],
        ["channel1", "12.00", "20.0%"],
        ["3 others", "36.00", "60.0%"],
    ]


def test_it_says_that_somebody_else_is_computing(shop):
    with turn():
        html = page(campaign="spring")
    assert html.count("Something else is being computed") == 2


def test_only_who_may_see_scores_sees_it(shop):
    for names in ((), ("predictions.train_model", "customers.view_customer")):
        client = client_with(*names)
        assert client.get(PAGE).status_code == 403
        assert PAGE not in client.get("/admin/").content.decode()
    # Beside the other analyses in the menu.
    value = client_with("predictions.view_scores").get("/admin/predictions/analyticstable/value/")
    assert PAGE in value.content.decode()
    assert client_with("predictions.view_scores").post(PAGE).status_code in {200, 403, 405}
    for address in ("add/", "1/change/", "1/delete/"):
        assert client_with("predictions.view_scores").get(PAGE + address).status_code == 404
