"""The pages of strategies: form, preview, keeping, a segment of it; who may, and what is said."""

import re
from decimal import Decimal
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from conditions.parse import parse_tree
from customers.models import Customer
from predictions.admin.insights import training_step
from predictions.figures.single_computation import turn
from predictions.models import CustomerPrediction, PredictionModel, Strategy
from predictions.strategies.assumptions.measured_uplift import MEASURED, MeasuredUplift, Measuring
from predictions.strategies.catalogue import STRATEGIES
from predictions.strategies.plans.plan import plan
from predictions.strategies.question import Question
from predictions.tests.api.test_optimize import scored, scored_for_all
from segments.models import Segment
from tests.factories.clients import new_user

__all__ = ["scored", "scored_for_all"]

LIST, ADD = (reverse(f"admin:predictions_strategy_{one}") for one in ("changelist", "add"))
MAY = ("predictions.optimize",)
ALL = (*MAY, "segments.add_segment", "segments.view_segment", "conditions.preview")
FILLED = {"budget": "2", "cost_per_contact": "0,50", "uplift": "0,05"}


@pytest.fixture
def visit(db):
    """Return a function that makes a client of somebody in the admin with these permissions."""

    def log_in(*permissions):
        client = Client()
        client.force_login(new_user(*permissions, is_staff=True))
        return client

    return log_in


def of(code):
    return f"{ADD}?strategy={code}"


def words(reply):
    """Return the text of a page, one space between words."""
    assert reply.status_code == 200, reply.content
    text = re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", reply.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", text)


def change(row):
    return reverse("admin:predictions_strategy_change", args=[row.pk])


# Who may --------------------------------------------------------------------------------------


def test_without_the_permission_there_is_no_page(visit, db):
    row = Strategy.objects.create(name="Kept", strategy="retention", created_at="2026-01-01T00:00Z")
    delete = reverse("admin:predictions_strategy_delete", args=[row.pk])
    client = visit("predictions.view_scores", "segments.add_segment")
    for address in (LIST, ADD, of("retention"), change(row), delete):
        for method in (client.get, client.post):
            assert method(address).status_code == 403
    assert "Plans" not in client.get("/admin/").content.decode()
    assert Strategy.objects.exists()
    may = visit(*MAY)
    for address in (LIST, ADD, of("retention"), change(row), delete):
        assert may.get(address).status_code == 200
    assert LIST in may.get("/admin/").content.decode()


def test_a_segment_is_made_by_who_may_add_one(visit, scored):
    client = visit(*MAY)
    assert "Save as a segment" not in words(client.post(of("retention"), FILLED))
    sent = FILLED | {"deed": "segment", "segment_name": "Made", "segment_code": "made"}
    assert client.post(of("retention"), sent).status_code == 403
    assert not Segment.objects.exists()


def test_segment_is_saved_as_the_page_proposes(visit, scored, make_segment):
    make_segment("Taken", [], code="retention-keep-who-is-about-to-leave")
    client = visit(*ALL)
    proposed = client.post(of("retention"), FILLED).context["save"].initial
    named = {name: proposed[name] for name in ("segment_name", "segment_code")}
    assert client.post(of("retention"), FILLED | named | {"deed": "segment"}).status_code == 302
    made = Segment.objects.get(name="Retention: keep who is about to leave")
    assert made.code == "retention-keep-who-is-about-to-leave-2"


def test_kept_plan_proposes_its_own_name_for_the_segment(visit, scored):
    client = visit(*ALL)
    client.post(of("retention"), FILLED | {"deed": "keep", "name": "Spring"})
    page = change(Strategy.objects.get())
    empty = {"segment_name": "", "segment_code": ""}
    for reply in (client.get(page), client.post(page, FILLED | empty | {"deed": "preview"})):
        initial = reply.context["save"].initial
        assert (initial["segment_name"], initial["segment_code"]) == ("Spring", "spring")


def test_segments_are_listed_for_who_may_see_them(visit, scored, make_segment):
    make_segment("Secret plan", [])
    assert "Secret plan" not in words(visit(*MAY).get(of("retention")))
    assert "Secret plan" in words(visit(*ALL).get(of("retention")))


# The form and its preview ---------------------------------------------------------------------


def test_each_strategy_can_be_planned(visit, scored):
    client = visit(*ALL)
    listed = words(client.get(ADD))
    for code in ("retention", "win_back", "upsell", "loyalty", "pricing"):
        page = words(client.post(of(code), FILLED))
        assert "Result" in page and "Reckoned on" in page
        assert client.get(of(code)).context["plan"] is None
    assert listed.count("Begin this plan ") >= 6
    assert client.get(of("luck")).status_code == 404


def test_an_empty_list_offers_each_kind_of_plan(visit, scored):
    client = visit(*MAY)
    links = [f'href="{of(code)}"' for code in STRATEGIES]
    html = client.get(LIST).content.decode()
    assert [html.count(link) for link in links] == [1] * len(links)
    Strategy.objects.create(name="Kept", strategy="retention", created_at="2026-01-01T00:00Z")
    html = client.get(LIST).content.decode()
    assert not any(link in html for link in links)
    assert f'href="{ADD}"' in html


def test_a_plan_whose_model_is_missing_offers_to_train_it(visit, scored, monkeypatch):
    """The page would say what is missing only after everything is entered, and lead nowhere."""
    monkeypatch.setattr(training_step, "FEWEST_BUYERS", 0)
    client = visit(*MAY, "predictions.view_scores", "predictions.train_model")
    assert client.get(of("retention")).context["scores"] is None
    PredictionModel.objects.filter(code="churn").update(deployed=None)
    assert client.get(of("win_back")).context["scores"] is None
    page = client.get(of("retention"))
    (url,) = re.findall(r'action="([^"]*train[^"]*)"', unescape(page.content.decode()))
    assert client.post(url, {"model": "churn"})["Location"] == of("retention")
    assert visit(*MAY).get(of("retention")).context["scores"] is None


def test_the_numbers_are_those_of_the_call(visit, scored):
    page = words(visit(*ALL).post(of("retention"), FILLED))
    question = Question(
        "retention",
        budget=Decimal(2),
        cost_per_contact=Decimal("0.5"),
        assumptions={"uplift": Decimal("0.05")},
    )
    data = plan(question, shown=0).data
    assert f"To be contacted {data['selected_count']} " in page
    value = f"{Decimal(data['expected_value']):,.2f}"
    assert f"Expected value, less the cost €{value}" in page
    assert "Cost €2.00" in page
    assert "A rule of thumb" in page
    assert "The margin is not known" in page
    assert re.search(r"Uplift \(0 to 1\) 0\.05 given", page)


def test_without_an_uplift_no_money_is_shown_and_it_is_said_why(visit, scored):
    page = words(visit(*ALL).post(of("win_back"), {"budget": "9", "cost_per_contact": "1"}))
    assert "neither measured nor given" in page
    assert "Expected value, less" not in page and "To be contacted" not in page
    assert re.search(r"Uplift \(0 to 1\) – taken by default", page)


def test_a_measured_uplift_is_shown_with_its_interval(visit, scored, monkeypatch):
    uplift = MeasuredUplift(Decimal("0.05"), Decimal("0.01"), Decimal("0.09"))
    one = Measuring("test", lambda _strategy, _campaign: uplift)
    monkeypatch.setitem(MEASURED._found, "test", one)
    page = words(visit(*ALL).post(of("retention"), FILLED | {"uplift": ""}))
    question = Question("retention", budget=Decimal(2), cost_per_contact=Decimal("0.5"))
    low, high = plan(question, shown=0).data["interval"]
    said = f"lies between €{Decimal(low):,.2f} and €{Decimal(high):,.2f}"
    assert said in page and re.search(r"Uplift \(0 to 1\) 0\.05 measured", page)


def test_parts_are_tables_that_lead_to_their_customers(visit, scored):
    client = visit(*ALL)
    tiers = words(client.post(of("loyalty"), {"benefit_percent": "2"}))
    assert all(name in tiers for name in ("Gold", "Silver", "Bronze", "Cost of the benefit"))
    reply = client.post(of("pricing"), {"price_cut": "0.1"})
    groups = words(reply)
    assert "Buy at the full price" in groups and "11.1" in groups
    assert "/admin/segments/segment/add/?" in reply.content.decode()
    # Who may not build segments is led nowhere.
    assert "/segment/add/?" not in visit(*MAY).post(of("pricing"), {}).content.decode()


def test_what_a_benefit_costs_is_a_dash_before_the_first_scores(visit, scored):
    PredictionModel.objects.filter(code="clv").update(as_of=None)
    client = visit(*ALL)
    assert "Cost of the benefit –" in words(client.post(of("loyalty"), {"benefit_percent": "2"}))
    assert "Cost of the benefit" not in words(client.post(of("loyalty"), {}))


def test_who_is_eligible_is_a_dash_before_the_first_scores(visit, scored):
    PredictionModel.objects.filter(code="churn").update(as_of=None)
    CustomerPrediction.objects.update(churn_risk=None)
    client = visit(*ALL)
    said = words(client.post(of("retention"), FILLED))
    assert "Eligible –" in said and "One of the models has not scored everybody yet" in said
    assert "To be contacted" not in said
    client.post(of("retention"), FILLED | {"deed": "keep", "name": "Spring"})
    assert '<td class="field-eligible">–</td>' in client.get(LIST).content.decode()


def test_nobody_is_named(visit, scored):
    Customer.objects.update(email="named@example.com")
    for code in ("retention", "win_back", "loyalty"):
        page = visit(*ALL, "segments.view_members").post(of(code), FILLED).content.decode()
        assert "named@example.com" not in page
        numbers = Customer.objects.values_list("external_id", flat=True)
        assert not any(f">{number}<" in page for number in numbers)


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("budget", "1,000", "could mean"),
        ("budget", "1e99999", "A number is needed"),
        ("budget", "NaN", "A number is needed"),
        ("budget", "9" * 400, "A number is needed"),
        ("budget", "-1", "must lie between 0"),
        ("budget", "0.00001", "at most 4 decimals"),
        ("budget", "", "What costs something needs a budget"),
        ("uplift", "1.5", "must lie between 0 and 1"),
        ("cost_per_contact", "-0,5", "must lie between 0"),
        ("segment", "nowhere", "nowhere"),
        ("segment", "a\0", "Null characters"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(visit, db, field, text, said):
    page = words(visit(*MAY).post(of("retention"), FILLED | {field: text}))
    assert said in page
    assert "Result" not in page


def test_what_stands_in_the_way_is_said(visit, scored):
    client = visit(*MAY)
    too_much = words(client.post(of("pricing"), {"price_cut": "0.5", "margin": "0.4"}))
    assert "must be less than the margin" in too_much
    with turn():
        assert "Something else is being computed" in words(client.post(of("retention"), FILLED))
    PredictionModel.objects.filter(code="churn").update(deployed=None)
    assert "No version of “churn” is deployed" in words(client.post(of("retention"), FILLED))


# One budget for several -----------------------------------------------------------------------


def lines(*campaigns, **more):
    """Return what a form sends for lines of campaigns."""
    names = ("code", "segment", "cost_per_contact", "uplift", "value")
    return {"rows": str(len(campaigns)), **more} | {
        f"campaign-{number}-{name}": value
        for number, campaign in enumerate(campaigns)
        for name, value in zip(names, campaign, strict=True)
    }


MAIL, CALL = ("mail", "all", "0,5", "0,2", "clv"), ("call", "all", "1", "", "order")


def test_campaigns_share_a_budget(visit, scored, make_segment):
    make_segment("all", [], applies_to="both")
    client = visit(*ALL)
    sent = lines(MAIL, CALL, ("",) * 5, budget="2")
    page = words(client.post(of("budget"), sent))
    assert re.search(r"mail 4 2\.00 [\d,.]+ 0\.20 given", page)
    assert re.search(r"call 0 0\.00 – – taken by default", page)
    grown = client.post(of("budget"), sent | {"deed": "more"})
    assert grown.context["lines"].count == 4 and grown.context["plan"] is None
    assert b"is needed of each" not in grown.content
    many = client.post(of("budget"), sent | {"deed": "more", "rows": "99"})
    assert many.context["lines"].count == 20 and not many.context["lines"].may_grow
    client.post(of("budget"), sent | {"deed": "keep", "name": "Shared"})
    row = Strategy.objects.get(name="Shared")
    assert [one["code"] for one in row.values["campaigns"]] == ["mail", "call"]
    shown = client.get(change(row))
    assert 'value="0.5"' in shown.content.decode() and re.search(r"mail 4 2\.00", words(shown))


def test_what_is_wrong_with_a_campaign_is_said_there(visit, db, make_segment):
    make_segment("all", [])
    client = visit(*MAY)
    one = words(client.post(of("budget"), lines(MAIL, budget="2")))
    assert "From 2 to 20 campaigns are needed" in one
    twice = words(client.post(of("budget"), lines(MAIL, MAIL, budget="2")))
    assert "Two campaigns are called “mail”" in twice
    gone = ("call", "nowhere", "1", "", "order")
    assert "There is no segment “nowhere”" in words(
        client.post(of("budget"), lines(MAIL, gone, budget="2"))
    )
    half = ("call", "all", "", "", "order")
    assert "This is needed of each campaign" in words(
        client.post(of("budget"), lines(MAIL, half, budget="2"))
    )


# Keeping, and the segment ---------------------------------------------------------------------


def test_a_strategy_is_kept_with_what_it_came_to(visit, scored):
    client = visit(*ALL)
    reply = client.post(of("retention"), FILLED | {"deed": "keep", "name": "Spring"})
    row = Strategy.objects.get()
    assert reply.url == change(row)
    assert (row.name, row.strategy) == ("Spring", "retention")
    assert row.values == {"budget": "2", "cost_per_contact": "0.50", "uplift": "0.05"}
    assert row.result["selected_count"] == 4 and "customers" not in row.result
    page = client.get(change(row))
    assert 'value="0.05"' in page.content.decode() and "Result" in words(page)
    assert "Spring" in words(client.get(LIST))
    # Reckoned anew it is kept again under its name, or another one.
    client.post(change(row), {"uplift": "0.1", "deed": "keep", "name": "Summer"})
    row.refresh_from_db()
    assert (row.name, row.values) == ("Summer", {"uplift": "0.1"})
    delete = reverse("admin:predictions_strategy_delete", args=[row.pk])
    assert "Summer" in words(client.get(delete))
    assert client.post(delete, {"post": "yes"}).status_code == 302
    assert not Strategy.objects.exists()


def test_what_keeps_a_plan_is_not_called_as_keeping_customers_is(visit, scored):
    html = visit(*ALL).post(of("retention"), FILLED).content.decode()
    # “Keep” alone is advice about customers, and translated as such.
    assert "<h2>Keep this plan</h2>" in html and ">Keep this plan</button>" in html


def test_a_preview_keeps_nothing(visit, scored):
    client = visit(*ALL)
    client.post(of("retention"), FILLED)
    assert not Strategy.objects.exists() and not Segment.objects.exists()
    client.post(of("retention"), FILLED | {"deed": "keep", "name": "Spring"})
    row = Strategy.objects.get()
    client.post(change(row), {"uplift": "0.9"})
    assert Strategy.objects.get().values == row.values


def test_the_rule_of_a_kept_strategy_is_in_the_language_of_the_reader(visit, scored):
    client = visit(*ALL)
    client.post(of("retention"), FILLED | {"deed": "keep", "name": "Spring"})
    row = Strategy.objects.get()
    with override("de"):
        said = parse_tree(row.result["conditions"]).sentence()
    assert said != row.result["sentence"]
    assert said in unescape(words(client.get(change(row), headers={"accept-language": "de"})))
    # A rule that nobody can read any more is said as it was kept.
    row.result["conditions"]["conditions"][0]["attribute"] = "no.such"
    row.save()
    assert row.result["sentence"] in unescape(words(client.get(change(row))))


def test_no_two_strategies_have_one_name(visit, scored):
    client = visit(*ALL)
    sent = FILLED | {"deed": "keep", "name": "Spring"}
    client.post(of("retention"), sent)
    assert "Another plan has this name" in words(client.post(of("upsell"), sent))
    for name in ("", " ", "x" * 101, "a\0"):
        assert client.post(of("upsell"), sent | {"name": name}).status_code == 200
    assert Strategy.objects.count() == 1


def test_a_plan_becomes_a_segment(visit, scored):
    client = visit(*ALL)
    sent = FILLED | {"deed": "segment", "segment_name": "Leaving", "segment_code": "leaving"}
    reply = client.post(of("retention"), sent)
    segment = Segment.objects.get()
    assert reply.url == reverse("admin:segments_segment_change", args=[segment.pk])
    assert (segment.name, segment.code, segment.is_active) == ("Leaving", "leaving", False)
    assert segment.conditions == plan(Question("retention"), shown=0).tree
    again = words(client.post(of("retention"), sent))
    assert "There is a segment “leaving” already" in again
    for code in ("", "with space", "preview", "a\0"):
        reply = client.post(of("retention"), sent | {"segment_code": code})
        assert reply.context["save"].errors["segment_code"]
    assert Segment.objects.count() == 1


def test_a_strategy_that_is_known_no_longer_has_no_page(visit, db):
    row = Strategy.objects.create(name="Old", strategy="gone", created_at="2026-01-01T00:00Z")
    client = visit(*MAY)
    assert client.get(change(row)).status_code == 404
    assert "Old" in words(client.get(LIST))


# Lists of the chosen --------------------------------------------------------------------------


def test_the_chosen_become_a_list_and_a_download(scored, visit):
    shop = visit(*ALL, "segments.export_members")
    name = {"segment_name": "Chosen", "segment_code": "chosen"}
    reply = shop.post(of("retention"), FILLED | name | {"deed": "list"})
    segment = Segment.objects.get(code="chosen")
    assert reply.url == reverse("admin:segments_segment_change", args=[segment.pk])
    assert (segment.refresh_mode, segment.members_count) == ("list", 4)
    again = shop.post(of("retention"), FILLED | name | {"deed": "list"})
    assert "already" in str(again.context["save"].errors["segment_code"])
    download = shop.post(of("retention"), FILLED | {"deed": "csv"})
    lines = download.getvalue().decode().splitlines()
    assert (lines[0], len(lines)) == ("id,expected_value,cost,rank", 5)


def test_result_comes_first_and_offers_a_segment_of_the_chosen(scored, visit):
    html = visit(*ALL).post(of("retention"), FILLED | {"deed": "preview"}).content.decode()
    assert html.index('id="plan"') < html.index('name="budget"')
    filled = re.findall(r'value="(\w+)" class="button default">([^<]*)<', html)
    assert filled == [("list", "Make a segment of the chosen customers")]
    # Enter in a field presses the first button, which stores nothing.
    form = html[html.index('class="prediction-form"') :]
    assert re.search(r"<button[^>]*>", form)[0] == (
        '<button type="submit" name="deed" value="preview" hidden>'
    )


def test_no_list_without_the_permission_and_none_of_whom_nobody_contacts(scored, visit):
    planner = visit(*MAY)
    assert planner.post(of("retention"), FILLED | {"deed": "list"}).status_code == 403
    assert planner.post(of("retention"), FILLED | {"deed": "csv"}).status_code == 403
    shop = visit(*ALL, "segments.export_members")
    assert "Save as a list" in words(shop.post(of("retention"), FILLED | {"deed": "preview"}))
    assert "Save as a list" not in words(shop.post(of("loyalty"), {"deed": "preview"}))
    refused = shop.post(of("loyalty"), {"deed": "csv"})
    assert "contacts nobody" in words(refused)
