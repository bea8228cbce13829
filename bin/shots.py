"""Screenshots: the pages, and the actions on each page before its picture is taken."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

ADMIN = "/admin/"
SEGMENTS = "/admin/segments/segment/"
RULES = "/admin/price_rules/cartpricerule/"
TRIED_CART = (
    "lines-TOTAL_FORMS=2&lines-INITIAL_FORMS=0&lines-0-sku=SKU-1&lines-0-quantity=2"
    "&lines-0-price=40&lines-1-sku=TEA&lines-1-quantity=1&lines-1-price=9.50&store=default"
)


@dataclass(frozen=True)
class Shot:
    """A page, and the actions on it before the picture."""

    name: str
    address: str
    prepare: Callable[[Page], object] | None = None


def open_details(page: Page) -> None:
    page.evaluate(
        "for (const one of document.querySelectorAll('details:not(.sb-more)')) one.open = true"
    )


def wait_until_settled(page: Page) -> None:
    page.wait_for_selector("segment-builder[data-state=detailed]")


def settled_with_figures(page: Page) -> None:
    wait_until_settled(page)
    page.wait_for_selector(".sb-figures[aria-busy=false]")


def add(page: Page, *lines: str) -> None:
    """Add a condition by its words and write its value."""
    page.get_by_role("combobox", name="All conditions: add a condition", exact=True).click()
    for line in lines:
        page.keyboard.type(line)
        page.keyboard.press("Enter")


def search_for_a_condition(page: Page) -> None:
    wait_until_settled(page)
    page.get_by_role("combobox", name="All conditions: add a condition", exact=True).click()
    page.keyboard.type("order")
    page.wait_for_selector("[role=listbox]:visible")


def leave_something_out(page: Page) -> None:
    wait_until_settled(page)
    add(page, "lifetime sales")
    page.wait_for_selector("segment-builder[data-state=incomplete]")


def choose_nobody(page: Page) -> None:
    wait_until_settled(page)
    add(page, "lifetime sales", "99999999")
    wait_until_settled(page)


def ask_why(page: Page) -> None:
    wait_until_settled(page)
    page.locator(".sb-sample button").first.click()
    page.wait_for_selector(".sb-why")


def change_and_save(page: Page) -> None:
    wait_until_settled(page)
    add(page, "number of orders", "3")
    wait_until_settled(page)
    page.locator("[name=_save]").click()
    page.wait_for_selector(".sb-differences")


def leave_a_draft(page: Page) -> None:
    wait_until_settled(page)
    add(page, "number of orders", "3")
    page.reload()
    page.wait_for_selector(".sb-hint-box")
    wait_until_settled(page)


def choose_from_menu(page: Page, choice: str = "") -> None:
    wait_until_settled(page)
    page.get_by_label("More: Condition 1: Lifetime sales", exact=True).click()
    if choice:
        page.get_by_role("button", name=choice, exact=True).click()
        wait_until_settled(page)


def turn_off(page: Page) -> None:
    choose_from_menu(page, "Turn off")


def read_help(page: Page) -> None:
    wait_until_settled(page)
    page.get_by_role("button", name="Keys and help", exact=True).click()


def answer_with(reply: str, state: str) -> Callable[[Page], None]:
    """Return what changes a value and has the script `reply` answer instead of the server."""

    def prepare(page: Page) -> None:
        wait_until_settled(page)
        page.evaluate(f"() => {{ window.fetch = async () => {reply}; }}")
        page.get_by_role("textbox", name="Condition 1: Lifetime sales, value").fill("501")
        page.wait_for_selector(f".sb-panel-body[data-state={state}]")

    return prepare


def response(status: int, **body: Any) -> str:
    return f"new Response({json.dumps(json.dumps(body))}, {{ status: {status} }})"


TOOK_TOO_LONG = response(
    200,
    count=None,
    exact=False,
    estimate=12_300,
    scope_count=None,
    customers=[],
    sentence="Customers who have spent at least 501 EUR in all.",
    warnings=[],
    as_of="2026-11-20T12:00:00Z",
    elapsed_ms=10_000,
)


def be_refused(page: Page) -> None:
    wait_until_settled(page)
    page.fill("#id_name", "Refused")
    add(page, "lifetime sales", "500")
    add(page, "number of orders")
    page.locator("[name=_save]").click()
    page.wait_for_selector(".sb-problems")


def save_over_somebody(page: Page) -> None:
    """Save a change by another user, in another window, meanwhile."""
    wait_until_settled(page)
    add(page, "number of orders", "3")
    other = page.context.new_page()
    other.goto(page.url)
    wait_until_settled(other)
    open_details(other)
    other.fill("#id_description", f"{other.input_value('#id_description')} Changed.")
    other.locator("[name=_save]").click()
    other.wait_for_selector(".messagelist .success")
    other.close()
    page.locator("[name=_save]").click()
    page.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()
    page.wait_for_selector(".segment-versions, .segment-differs")
    wait_until_settled(page)


def both_settled(page: Page) -> None:
    """Wait until the builder of a rule's conditions has counted, and that of its lines is there."""
    # Without conditions the parts with the builders are folded.
    open_details(page)
    wait_until_settled(page)
    page.wait_for_selector(".field-items .sb-group")


def save_nothing(page: Page) -> None:
    both_settled(page)
    page.evaluate("for (const form of document.forms) form.noValidate = true")
    page.select_option("#id_coupon", "specific")
    page.locator("[name=_save]").click()
    page.wait_for_selector(".errornote")
    both_settled(page)


def make_a_secret(page: Page) -> None:
    open_details(page)
    page.get_by_role("button", name="Make it", exact=True).click()
    page.wait_for_url("**/secret/")


def make_a_token(page: Page) -> None:
    page.fill("#id_name", page.evaluate("`${innerWidth} ${Date.now()}`"))
    page.locator("[name=_save]").click()
    page.wait_for_selector("#key")


def revoke_a_token(page: Page) -> None:
    page.locator("tr", has_text="reader").locator("input").first.check()
    page.select_option("[name=action]", "revoke")
    page.get_by_role("button", name="Apply to selected").click()
    page.wait_for_selector("[name=confirmed]")


def erase_nobody(page: Page) -> None:
    page.fill("#id_confirm", "somebody else")
    page.locator("[name=erase]").click()
    page.wait_for_selector(".errorlist")


def try_list(lines: str, verb: str) -> Callable[[Page], None]:
    """Return what writes customers into the lines of the List page and tries the change."""

    def prepare(page: Page) -> None:
        page.check(f"[name=verb][value={verb}]")
        page.fill("#id_lines", lines)
        page.click("[data-list-try]")
        page.wait_for_selector("[data-list-outcome] > *")

    return prepare


def act_on_selected(action: str) -> Callable[[Page], None]:
    def prepare(page: Page) -> None:
        page.locator("tr", has_text="Best customers").locator("input").first.check()
        page.select_option("[name=action]", action)
        page.get_by_role("button", name="Apply to selected").click()
        page.wait_for_load_state("networkidle")

    return prepare


EMPTY = [
    Shot("empty-overview", ADMIN),
    Shot("empty-list", SEGMENTS),
    Shot("empty-report", f"{SEGMENTS}reports/movers/"),
]
OF_SEGMENT = {
    "form": "change/",
    "members": "members/",
    "members-none-found": "members/?q=nobody-is-called-so",
    "overrides": "overrides/",
    "history": "history/",
    "overlap": "overlap/?segments=best-customers&segments=at-risk&segments=abandoned-cart",
    "overlap-too-few": "overlap/?segments=loyal",
    "exports": "exports/",
    "used-by": "used-by/",
    "delete": "delete/",
}
PAGES = [
    Shot("overview", ADMIN),
    Shot("list", SEGMENTS),
    Shot("list-nothing-found", f"{SEGMENTS}?q=nothing-is-called-so"),
    *(
        Shot(f"segment-{name}", f"{{loyal}}{page}", open_details)
        for name, page in OF_SEGMENT.items()
    ),
    Shot("list-of-customers", "{guests-of-the-summer-party}list/"),
    Shot("list-tried", "{guests-of-the-summer-party}list/", try_list("300001", "replace")),
    Shot("list-refused", "{guests-of-the-summer-party}list/", try_list("100001\nx", "add")),
    Shot("list-form", "{guests-of-the-summer-party}change/"),
    Shot("list-new", f"{SEGMENTS}add/?refresh_mode=list"),
    Shot("builder-new", f"{SEGMENTS}add/", wait_until_settled),
    Shot("builder-search", f"{SEGMENTS}add/", search_for_a_condition),
    Shot("builder-incomplete", f"{SEGMENTS}add/", leave_something_out),
    Shot("builder-nobody", "{best-customers}change/", choose_nobody),
    Shot("builder-why", "{best-customers}change/", ask_why),
    Shot("builder-saving", "{best-customers}change/", change_and_save),
    Shot("builder-draft", "{loyal}change/", leave_a_draft),
    Shot("builder-menu", "{best-customers}change/", choose_from_menu),
    Shot("builder-turned-off", "{best-customers}change/", turn_off),
    Shot("builder-help", "{best-customers}change/", read_help),
    Shot(
        "builder-slow",
        "{best-customers}change/",
        answer_with("await new Promise(() => {})", "slow"),
    ),
    Shot("builder-timed-out", "{best-customers}change/", answer_with(TOOK_TOO_LONG, "timed_out")),
    Shot(
        "builder-failed",
        "{best-customers}change/",
        answer_with(response(503, detail="The database is not there."), "failed"),
    ),
    Shot("builder-refused", f"{SEGMENTS}add/", be_refused),
    Shot("builder-conflict", "{at-risk}change/", save_over_somebody),
    Shot("selected-deactivate", SEGMENTS, act_on_selected("deactivate_selected")),
    Shot("selected-delete", SEGMENTS, act_on_selected("delete_selected")),
    Shot("import-maho", f"{SEGMENTS}import-maho/"),
    Shot("import-segments", f"{SEGMENTS}import/"),
    Shot("import-customers", "/admin/customers/customer/import/"),
    Shot("segment-used", "{best-customers}used-by/"),
    Shot("segment-used-delete", "{best-customers}delete/"),
    Shot("segment-running", "{one-time-buyers}history/"),
    Shot("segment-waiting", "{new-customers}history/"),
    Shot("segment-failed", "{many-refunds}history/"),
    Shot("segment-invalid", "{birthday-soon}history/"),
    Shot("segment-stale", "{at-risk}history/", open_details),
    Shot("segment-quarantined", "{subscribed-never-ordered}members/"),
    Shot("segment-inactive", "{wish-list-no-order}members/"),
    *(
        Shot(f"report-{key}", f"{SEGMENTS}reports/{key}/")
        for key in ("spread", "sizes", "movers", "revenue", "orders")
    ),
    Shot("report-sizes-90", f"{SEGMENTS}reports/sizes/?days=90"),
    Shot("customer-list", "/admin/customers/customer/"),
    Shot("customer-overview", "{customer}overview/"),
    Shot("customer-profile", "{customer}change/"),
    Shot("customer-activity", "{customer}activity/"),
    Shot("customer-segments", "{customer}segments/", open_details),
    Shot("audit-log", "/admin/customers/auditentry/"),
    Shot("audit-entry", "{audit}change/"),
    Shot("exports-log", "/admin/segments/exportaudit/"),
    Shot("rules", RULES),
    Shot("rule-new", f"{RULES}add/", both_settled),
    Shot("rule-refused", f"{RULES}add/", save_nothing),
    Shot("rule-form", "{rule}change/", both_settled),
    *(
        Shot(f"rule-{page}", f"{{rule-with-coupons}}{page}/")
        for page in ("coupons", "history", "delete")
    ),
    Shot("rule-try", f"{RULES}try/"),
    Shot("rule-tried", f"{RULES}try/?{TRIED_CART}"),
    Shot("coupons", "/admin/price_rules/coupon/"),
    Shot("coupon", "{coupon}change/"),
    Shot("schedules", "/admin/segments/scheduledexport/"),
    Shot("schedule", "{schedule}change/"),
    Shot("schedule-new", "/admin/segments/scheduledexport/add/"),
    Shot("schedule-delete", "{schedule}delete/"),
    Shot("webhooks", "/admin/segments/webhookendpoint/"),
    Shot("webhook", "{webhook}change/", open_details),
    Shot("webhook-new", "/admin/segments/webhookendpoint/add/"),
    Shot("webhook-secret", "{webhook}change/", make_a_secret),
    Shot("webhook-delete", "{webhook}delete/"),
    Shot("tokens", "/admin/customers/apitoken/"),
    Shot("token", "{token}change/"),
    Shot("token-new", "/admin/customers/apitoken/add/"),
    Shot("token-made", "/admin/customers/apitoken/add/", make_a_token),
    Shot("token-revoke", "/admin/customers/apitoken/", revoke_a_token),
    Shot("customer-privacy", "{customer}privacy/"),
    Shot("customer-privacy-refused", "{customer}privacy/", erase_nobody),
    Shot("erasures", "/admin/customers/erasure/"),
    Shot("erasure", "{erasure}change/"),
]

# The pictures in the README: the name of each picture, and its shot.
README = {
    "home": Shot("overview", ADMIN),
    "segments": Shot("list", SEGMENTS),
    "segment": Shot("builder-said", "{loyal}change/", settled_with_figures),
    "why": Shot("builder-why", "{best-customers}change/", ask_why),
    "customer": Shot("customer-segments", "{customer}segments/"),
    "campaign": Shot("campaign-draft", "{campaign-draft}change/"),
    "report": Shot("campaign-sent", "{campaign-sent}status/"),
    "sequence": Shot("sequence", "{sequence}status/"),
    "price-rule": Shot("rule-form", "{rule}change/", both_settled),
    "insights": Shot("insights", "/admin/predictions/analyticstable/"),
}
