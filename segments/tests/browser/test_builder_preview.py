"""The live preview: every state that it can be in, and that the last question wins."""

import json
import threading

import pytest

from segments.rules.evaluation import cost
from tests.lazy import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def problem(status, detail, *errors):
    """Return a reply of the API that refuses."""
    body = {"title": "No", "status": status, "detail": detail, "errors": list(errors)}
    return lambda route: route.fulfill(
        status=status, content_type="application/problem+json", json=body
    )


def expecting_refusals(builder):
    """What Chromium itself says of a refused request is no fault of the page."""
    builder.complaints[:] = [
        text for text in builder.complaints if "Failed to load resource" not in text
    ]


def test_it_counts_at_once_and_after_an_edit(builder):
    builder.open()
    builder.count_is("8 customers")
    builder.facts_say("Everybody is in it.")

    builder.add("lifetime sales", "500")
    builder.count_is("6 customers")
    builder.facts_say("75% of the 8 customers in this segment’s scope")
    expect(builder.page.locator(".sb-sample li")).to_have_count(6)
    expect(builder.page.locator(".sb-chip")).to_contain_text("6 fit")
    expect(builder.page.locator("segment-builder > [role=status]")).to_contain_text("6 customers")


def test_a_saved_segment_tells_the_difference(builder, make_segment):
    segment = make_segment(
        conditions=[{"attribute": "lifetime.sales", "operator": "gte", "value": "500"}]
    )
    builder.open(segment)
    builder.facts_say("As many as in the saved definition.")

    builder.add("never coupon")
    builder.count_is("4 customers")
    builder.facts_say("2 fewer than the saved definition.")
    expect(builder.page.locator(".sb-chip").nth(1)).to_contain_text("4 left")


def test_costly_conditions_are_told_while_they_are_built(builder, settings, monkeypatch):
    monkeypatch.setattr(cost, "MANY_NODES", 2)
    monkeypatch.setattr(cost, "seconds_for_a_batch", lambda rule, **limits: 0.7)
    settings.COSTLY_SECONDS = 0.2
    builder.open()
    builder.count_is("8 customers")
    expect(builder.page.get_by_text("These conditions take long to check")).to_have_count(0)

    builder.add("lifetime sales", "500")
    builder.facts_say("so that changes reach the members about every 7 seconds")
    builder.count_is("6 customers")


def test_conditions_are_marked_that_match_nobody_everybody_or_change_nothing(builder):
    builder.open()
    builder.add("lifetime sales", "500")
    builder.add("number of orders", "1")
    builder.add("lifetime refunds", "0")
    builder.count_is("6 customers")
    expect(builder.page.locator(".sb-mark")).to_have_text(["changes nothing", "everybody"])

    builder.add("email domain", "nowhere")
    builder.page.keyboard.press("Escape")
    builder.count_is("0 customers")
    builder.facts_say("Nobody is left after Condition 4: Email domain")


def test_what_is_incomplete_is_named_and_not_asked(builder):
    builder.open()
    builder.settled()
    asked = []
    builder.page.on("request", lambda request: asked.append(request.url))
    builder.add("lifetime sales")
    builder.facts_say("Not counted yet; still missing:")
    builder.button("Condition 1: Lifetime sales").click()

    assert builder.focused == "Condition 1: Lifetime sales, value"
    assert not [url for url in asked if url.endswith("/preview/")]


@pytest.mark.parametrize("value", ["", "plenty"])
def test_what_was_counted_before_is_not_said_of_what_cannot_be_counted(builder, value):
    builder.open()
    builder.add("number of orders", "1")
    builder.add("lifetime sales", "1")
    builder.count_is("6 customers")
    expect(builder.page.locator(".sb-mark")).to_have_count(1)
    builder.textbox("Condition 2: Lifetime sales, value").fill(value)

    builder.count_is("–")
    expect(builder.page.locator(".sb-sentence")).to_have_text("–")
    expect(builder.page.locator(".sb-chip")).to_have_text(["–", "–"])
    builder.textbox("Condition 2: Lifetime sales, value").fill("1")
    builder.count_is("6 customers")
    expect(builder.page.locator(".sb-sentence")).to_contain_text("spent at least 1 EUR")
    expect(builder.page.locator(".sb-chip").first).to_contain_text("6 fit")


def test_what_the_site_refuses_is_marked_where_it_stands(builder):
    builder.open()
    builder.add("lifetime sales", "plenty")
    builder.facts_say("Not counted: see what is marked.")

    expect(builder.page.locator(".sb-problems")).to_contain_text("is not a number")
    expect(builder.page.locator(".sb-condition .sb-problem")).to_contain_text("is not a number")
    builder.textbox("Condition 1: Lifetime sales, value").fill("500")
    builder.count_is("6 customers")
    expect(builder.page.locator(".sb-problem")).to_have_count(0)
    expecting_refusals(builder)


def test_while_others_count_it_waits_for_its_turn_and_asks_again(builder):
    builder.open()
    builder.count_is("8 customers")
    asked, free = [], threading.Event()

    def one_of_many(route):
        if free.is_set():
            route.continue_()
            return
        asked.append(route.request.post_data_json["seq"])
        body = {"title": "Too Many Requests", "status": 429, "detail": "Ask again."}
        headers = {"Retry-After": "1", "Content-Type": "application/problem+json"}
        route.fulfill(status=429, headers=headers, body=json.dumps(body))

    builder.answer(one_of_many)
    builder.add("lifetime sales", "500")
    builder.facts_say("Others are counting just now; this waits for its turn.")
    builder.count_is("8 customers")
    expect(builder.page.locator(".sb-panel-body")).to_have_attribute("aria-busy", "true")
    expect(builder.page.locator(".sb-panel-body")).to_have_attribute("data-state", "waiting")
    # It asks once more before it is let in, each time by a number of its own.
    with builder.page.expect_request("**/segments/preview/"):
        pass
    assert len(set(asked)) == len(asked)

    # Nobody has to wait: what is given up is not asked again.
    builder.button("Cancel").click()
    builder.facts_say("Counting was cancelled")
    given_up = len(asked)
    builder.page.wait_for_timeout(1500)
    assert len(asked) == given_up

    builder.button("Try again").click()
    builder.facts_say("Others are counting just now; this waits for its turn.")
    free.set()
    builder.count_is("6 customers")
    expect(builder.page.locator(".sb-chip")).to_contain_text("6 fit")
    expecting_refusals(builder)


def test_while_it_counts_the_old_number_stays_and_slow_ones_can_be_cancelled(builder):
    builder.open()
    builder.count_is("8 customers")
    builder.answer(lambda route: None)
    ended = []
    builder.page.on(
        "request", lambda request: ended.append(request.url) if request.method == "DELETE" else None
    )
    builder.add("lifetime sales", "500")
    expect(builder.page.locator(".sb-panel-body")).to_have_attribute("aria-busy", "true")
    builder.count_is("8 customers")

    builder.facts_say("This takes longer than usual.")
    with builder.page.expect_request(lambda request: request.method == "DELETE"):
        builder.button("Cancel").click()
    builder.facts_say("Counting was cancelled")
    assert builder.focused == "Who is in it"
    assert "?seq=" in ended[-1]
    builder.page.unroute_all()
    builder.button("Try again").click()
    builder.count_is("6 customers")


def test_a_newer_question_ends_the_older_one(builder):
    builder.open()
    builder.count_is("8 customers")
    held = []

    def hold_the_first(route):
        if held:
            route.continue_()
        else:
            held.append(route)

    builder.answer(hold_the_first)
    builder.add("lifetime sales", "5")
    expect(builder.page.locator(".sb-panel-body")).to_have_attribute("data-state", "loading")
    with builder.page.expect_request(lambda request: request.method == "DELETE"):
        while not held:
            builder.page.wait_for_timeout(20)
        builder.page.keyboard.type("00")
    builder.count_is("6 customers")


def test_an_estimate_is_marked_as_one(builder):
    builder.open()
    reply = {
        "count": None,
        "exact": False,
        "estimate": 1200,
        "scope_count": None,
        "as_of": "2026-04-10T10:00:00Z",
        "engine": "",
        "elapsed_ms": 5000,
        "customers": [],
        "sentence": "Everybody.",
        "warnings": [],
        "counts": [],
    }
    builder.answer(lambda route: route.fulfill(json=reply))
    builder.add("lifetime sales", "500")

    builder.count_is("about 1,200 customers")
    builder.facts_say("This is an estimate")


def test_a_failure_keeps_the_edits_and_can_be_tried_again(builder):
    builder.open()
    builder.answer(problem(422, "A sum is too big."))
    builder.add("lifetime sales", "500")
    builder.facts_say("A sum is too big. Your conditions are kept.")
    assert builder.conditions[0]["value"] == "500"

    builder.page.unroute_all()
    builder.button("Try again").click()
    builder.count_is("6 customers")
    expecting_refusals(builder)


def test_the_scope_is_counted_with(builder):
    builder.open()
    builder.unfold()
    builder.page.select_option("#id_applies_to", "guest")
    builder.count_is("0 customers")
    builder.facts_say("Nobody fits all of this.")


def test_why_shows_what_each_condition_found(builder):
    builder.open()
    builder.add("lifetime sales", "500")
    builder.count_is("6 customers")
    why = builder.page.locator(".sb-sample button").first
    name = why.get_attribute("aria-label")
    why.click()
    dialog = builder.page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_contain_text("is in it")
    expect(dialog.locator(".sb-holds .sb-actual")).to_have_text(
        ["because they have spent 600 EUR in all"]
    )
    builder.answer_dialog("Close")
    assert builder.focused == name


def test_somebody_who_is_not_a_customer_is_said_to_be_none(builder):
    builder.open()
    builder.page.fill("#sb-who", "nobody@shop.example")
    builder.page.keyboard.press("Enter")
    dialog = builder.page.get_by_role("dialog")
    expect(dialog).to_contain_text("There is no customer “nobody@shop.example”.")
    expecting_refusals(builder)


def test_the_count_stays_in_sight_beside_a_long_tree(builder, make_segment):
    spent = {"attribute": "lifetime.sales", "operator": "gte", "value": "1"}
    builder.page.set_viewport_size({"width": 1366, "height": 768})
    builder.open(make_segment(conditions=[spent] * 12))
    last = builder.textbox("Condition 12: Lifetime sales, value")
    last.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport()

    expect(builder.page.locator(".sb-count")).to_be_in_viewport()


def test_nothing_moves_while_it_is_counted(builder):
    builder.open()
    builder.add("lifetime sales", "500")
    builder.settled()
    adding = builder.adding()
    expect(builder.page.locator("[data-state=detailed]")).to_be_visible()
    before = adding.bounding_box()
    builder.page.route("**/segments/preview/", lambda route: None)
    builder.textbox("Condition 1: Lifetime sales, value").fill("501")
    expect(builder.page.locator(".sb-panel-body")).to_have_attribute("aria-busy", "true")

    assert adding.bounding_box() == before
