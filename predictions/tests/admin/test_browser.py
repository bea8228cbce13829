"""The pages of models and of a customer's scores in a browser: nothing is inaccessible."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from core.clock import now
from customers.models import Consent, ConsentState, Purpose
from predictions.lifecycle.train import train
from predictions.models import (
    Benchmark,
    Gate,
    ModelVersion,
    Notice,
    PredictionModel,
    TouchGroup,
    TrainingRun,
    TrainingStep,
)
from predictions.monitoring.drift import check_drift
from predictions.registry import deploy
from predictions.scoring.runs import score
from predictions.tasks import keep_views
from predictions.tests import churning
from predictions.tests.admin.test_model_pages import make_run, make_version, running
from predictions.tests.analytics.test_analytics import clv
from predictions.tests.figures.test_projection import AS_OF, deployed, returning
from predictions.tests.touching import make_campaign, make_touch
from segments.editing.saving import create_segment
from segments.rules.definition import Definition
from tests.lazy import expect

__all__ = ["clv", "returning"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_page_of_scores_is_accessible_and_fits(visitor, make_customer, make_order):
    buyer, looker, refusing = (make_customer(number) for number in "ABC")
    for days in (50, 10):
        make_order(buyer, now() - timedelta(days=days))
    Consent.objects.create(
        customer=refusing,
        purpose=Purpose.PERSONALIZATION,
        state=ConsentState.REFUSED,
        source="test",
        at=now(),
    )
    score()
    new = make_customer("D")
    faults = []
    for customer in (buyer, looker, refusing, new):
        visitor.open(reverse("admin:customers_customer_scores", args=[customer.pk]))
        faults += visitor.faults()
    assert [*faults, *visitor.complaints] == []


def address(name, model, *arguments):
    return reverse(f"admin:predictions_predictionmodel_{name}", args=[model.pk, *arguments])


@pytest.fixture
def model(db):
    return PredictionModel.objects.get(code="next_order")


def test_the_pages_of_models_are_accessible_and_fit_in_each_state(visitor, model):
    rules = PredictionModel.objects.get(code="rfm")
    pages = ["/admin/predictions/predictionmodel/", address("change", rules)]
    pages += [address("change", model), address("train", model)]
    faults = []

    def look(*addresses):
        for one in addresses:
            visitor.open(one)
            visitor.settle()
            visitor.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = 1)")
            faults.extend(visitor.faults())

    look(*pages)
    PredictionModel.objects.update(retrain="weekly")
    deploy(make_version(model))
    deploy(make_version(model, warnings=["no_dropout_visible", "total_error"]))
    make_version(model, Gate.FAILED)
    run = running(model, TrainingStep.EVALUATE, done=3, total=9)
    look(*pages, address("deploy", model, 1), address("deploy", model, 3))
    look(address("rollback", model), f"{address('compare', model)}?one=1&other=3")
    TrainingRun.objects.filter(pk=run.pk).update(outcome="failed", error="It failed. " * 20)
    look(address("change", model))
    assert [*faults, *visitor.complaints] == []


@pytest.mark.story
def test_a_training_is_watched_to_its_end_without_a_reload(visitor, model):
    run = make_run(model)
    visitor.open(address("change", model))
    page = visitor.page
    status = page.locator("#training [role=status]")
    expect(status).to_have_text("Training: waiting for a worker")
    page.get_by_role("button", name="Cancel the training").focus()
    TrainingRun.objects.filter(pk=run.pk).update(
        phase="fit", done=2, total=8, attempts=1, lease_expires_at=now() + timedelta(minutes=5)
    )
    expect(status).to_have_text("Training: fitting, 2 of 8")
    assert page.get_by_role("progressbar").get_attribute("max") == "8"
    # The button stays the one that somebody is about to press.
    expect(page.get_by_role("button", name="Cancel the training")).to_be_focused()
    TrainingRun.objects.filter(pk=run.pk).update(done=5)
    expect(status).to_have_text("Training: fitting, 5 of 8")
    version = make_version(model)
    TrainingRun.objects.filter(pk=run.pk).update(outcome="completed", version=version)
    expect(status).to_have_text("The training has made version 1; its approval check: passed.")
    expect(page.get_by_text("Yes: its mean error is 40 days")).to_be_visible()
    expect(page.get_by_role("link", name="Deploy version 1")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel the training")).to_have_count(0)
    assert visitor.complaints == []


def test_a_version_is_deployed_by_the_keyboard_alone(visitor, model):
    make_version(model, Gate.FAILED)
    visitor.open(address("change", model))
    page = visitor.page

    def go_to(element):
        for _press in range(80):
            page.keyboard.press("Tab")
            if element.evaluate("(one) => one === document.activeElement"):
                return
        raise AssertionError("not reached by the tabulator")

    go_to(page.get_by_role("link", name="Deploy version 1"))
    page.keyboard.press("Enter")
    go_to(page.get_by_label("Reason"))
    page.keyboard.type("short")
    page.keyboard.press("Enter")
    expect(page.locator(".errorlist")).to_be_visible()
    go_to(page.get_by_label("Reason"))
    page.keyboard.press("End")
    page.keyboard.type(", but the shop is young")
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist .success")).to_contain_text("Version 1 is deployed")
    model.refresh_from_db()
    assert model.deployed.number == 1


VALUE, RFM, COHORTS, JOURNEY = PAGES = [
    reverse(f"admin:predictions_analyticstable_{page}")
    for page in ("value", "rfm", "cohorts", "journey")
]
WATCHED = ("driftreading", "scoringrun")
UNFOLD = "for (const one of document.querySelectorAll('.segment-numbers')) one.open = true"


def test_the_pages_of_insights_are_accessible_and_fit(visitor, make_customer, make_order, clv):
    faults = []
    for page in PAGES:
        visitor.open(page)
        faults += visitor.faults()
    ModelVersion.objects.filter(pk=clv.deployed_id).update(warnings=["no_dropout_visible"])
    for number in range(30):
        buyer = make_customer()
        for days in range(10 * number, 800, 70 + 9 * number):
            make_order(buyer, now() - timedelta(days=days), grand_total=100 * number + days)
    score()
    cohorts = [f"{COHORTS}{one}" for one in ("?by=week&value=cumulative_sales", "?value=retention")]
    for page in (*PAGES, *cohorts):
        visitor.open(page)
        visitor.page.evaluate(UNFOLD)
        faults += visitor.faults()
    assert [*faults, *visitor.complaints] == []


def test_computed_views_are_accessible_and_fit_in_each_state(visitor, returning):
    returning(count=70, days=800)
    deployed(warnings=["total_error"])
    keep = score(as_of=AS_OF).pk
    create_segment(Definition("A segment whose name is long enough to be cut off"), author=None)
    Benchmark.objects.create(
        metric="average_order_value",
        value="61.5",
        period="2026-Q1",
        source="A survey of retail that has quite a long name " * 3,
        imported_at=AS_OF,
    )
    faults = []
    for kept, address in (
        (False, VALUE),
        (False, JOURNEY),
        (True, VALUE),
        (True, JOURNEY),
        (True, f"{JOURNEY}?show=journey&journey-from=2026-03-01&journey-to=2026-02-01"),
        (True, f"{VALUE}?show=projection&projection-months=2"),
        (True, f"{VALUE}?show=projection&projection-months=0"),
        (True, f"{VALUE}?show=benchmarks&benchmarks-period=2025&benchmarks-segments=nothing"),
    ):
        if kept:
            keep_views(keep)
        visitor.open(address)
        visitor.page.evaluate(UNFOLD)
        faults += visitor.faults()
    assert [*faults, *visitor.complaints] == []


def test_moves_are_worked_out_by_the_keyboard(visitor, returning):
    returning(count=20)
    score(as_of=AS_OF)
    visitor.open(JOURNEY)
    page = visitor.page
    journey = page.locator("#journey")
    expect(journey.get_by_text("It is not there yet.")).to_be_visible()
    journey.get_by_role("button", name="Show").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("show=journey.*#journey"))
    expect(page.locator("#journey .heat td").first).to_be_visible()
    assert visitor.complaints == []


def choose_by_keys(field, words):
    """Go to the choice that begins with `words` by arrows: letters are one word only if quick."""
    field.press("Home")
    for _choice in range(field.locator("option").count()):
        if field.evaluate("one => one.selectedOptions[0].text").startswith(words):
            return
        field.press("ArrowDown")
    raise AssertionError(f"no choice begins with {words}")


def test_cohorts_and_rfm_are_used_by_the_keyboard(visitor, make_customer, make_order):
    for days in (10, 40, 41):
        make_order(make_customer(), now() - timedelta(days=days))
    score()
    visitor.open(COHORTS)
    page = visitor.page
    choose_by_keys(page.get_by_label("Show", exact=True), "Share of")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("value=retention"))
    expect(page.locator(".heat td").first).to_have_text("100.0%")
    visitor.open(RFM)
    link = page.locator(".heat-grid a").first
    said = link.get_attribute("aria-label").partition(":")[0]
    link.focus()
    page.keyboard.press("Enter")
    builder = page.locator("segment-builder")
    expect(builder.get_by_text("Recency score (1 to 5)").first).to_be_visible()
    word = "customer" if said == "1" else "customers"
    expect(page.get_by_text(f"{said} {word}", exact=True).first).to_be_visible()
    assert visitor.complaints == []


def test_clusters_and_what_is_watched_are_accessible_and_fit(visitor):
    churning.returning_shop()
    pages = [reverse(f"admin:predictions_{name}_changelist") for name in WATCHED]
    visitor.open(pages[0])
    faults = visitor.faults()
    clusters, anomaly = (PredictionModel.objects.get(code=code) for code in ("clusters", "anomaly"))
    for model, parameters in ((clusters, {"k": 3}), (anomaly, {})):
        deploy(
            train(model.code, as_of=churning.AS_OF, parameters=parameters),
            reason="It is only a test.",
        )
    score()
    check_drift()
    assert Notice.objects.exists()
    for one in (*pages, address("change", clusters), address("change", anomaly)):
        visitor.open(one)
        visitor.settle()
        visitor.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = 1)")
        faults += visitor.faults()
    visitor.open(address("train", clusters))
    faults += visitor.faults()
    assert [*faults, *visitor.complaints] == []


def test_clusters_are_named_and_shown(visitor):
    churning.returning_shop()
    model = PredictionModel.objects.get(code="clusters")
    deploy(
        train("clusters", as_of=churning.AS_OF, parameters={"k": 3}), reason="It is only a test."
    )
    visitor.open(address("change", model))
    page = visitor.page
    page.get_by_label("Name of cluster 1").fill("Our best")
    page.get_by_role("button", name="Save the names").click()
    expect(page.locator(".messagelist .success")).to_contain_text("The clusters are named.")
    expect(page.get_by_label("Name of cluster 1")).to_have_value("Our best")
    page.get_by_role("link", name="show these customers, Our best").click()
    expect(page.locator("#id_name")).to_have_value("Our best")


def test_the_page_of_attribution_is_accessible_and_fits(visitor, make_customer, make_order):
    page = reverse("admin:predictions_touchcampaign_changelist")
    visitor.open(page)
    faults = visitor.faults()
    campaign = make_campaign("spring", "email", 12, name="Frühjahrsaktionsnewsletter " * 3)
    for number in range(60):
        customer = make_customer()
        make_touch(customer, campaign, now() - timedelta(days=3), TouchGroup.values[number % 2])
        make_order(customer, now() - timedelta(days=2), grand_total=1_000 * number)
    for parameters in (
        "",
        "?model=markov&by=campaign&window_days=30&from=2020-01-01&campaign=spring&days_after=9",
        "?model=x&by=&window_days=1,000&from=0001-01-01&to=9999-12-31&campaign=x&days_after=0",
    ):
        visitor.open(f"{page}{parameters}")
        visitor.page.evaluate(UNFOLD)
        faults += visitor.faults()
    assert [*faults, *visitor.complaints] == []


def test_attribution_is_asked_by_the_keyboard(visitor, make_customer, make_order):
    make_order(make_customer(), now() - timedelta(days=2), grand_total=60)
    visitor.open(reverse("admin:predictions_touchcampaign_changelist"))
    page = visitor.page
    choose_by_keys(page.get_by_label("Who gets the credit"), "All touchpoints")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("model=linear"))
    expect(page.get_by_role("row", name="No touch (direct)")).to_contain_text("60.00")
    assert visitor.complaints == []
