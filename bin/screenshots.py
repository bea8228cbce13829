"""Pictures of every page of the admin, light, dark and narrow, in a shop made for it."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from free_port import FIRST, is_free
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
LOOKS = [("light", 1280), ("dark", 1280), ("light", 375), ("dark", 375)]
ADMIN = "/admin/"
SEGMENTS = "/admin/segments/segment/"


@dataclass(frozen=True)
class Shot:
    """A page, and what is done on it before the picture."""

    name: str
    address: str
    prepare: Callable[[Page], object] | None = None


def open_details(page: Page) -> None:
    page.evaluate(
        "for (const one of document.querySelectorAll('details:not(.sb-more)')) one.open = true"
    )


def settled(page: Page) -> None:
    page.wait_for_selector("segment-builder[data-state=detailed]")


def add(page: Page, *lines: str) -> None:
    """Add a condition by its words and write its value."""
    page.get_by_role("combobox", name="All conditions: add a condition", exact=True).click()
    for line in lines:
        page.keyboard.type(line)
        page.keyboard.press("Enter")


def search_for_a_condition(page: Page) -> None:
    settled(page)
    page.get_by_role("combobox", name="All conditions: add a condition", exact=True).click()
    page.keyboard.type("order")
    page.wait_for_selector("[role=listbox]:visible")


def leave_something_out(page: Page) -> None:
    settled(page)
    add(page, "lifetime sales")
    page.wait_for_selector("segment-builder[data-state=incomplete]")


def choose_nobody(page: Page) -> None:
    settled(page)
    add(page, "lifetime sales", "99999999")
    settled(page)


def ask_why(page: Page) -> None:
    settled(page)
    page.locator(".sb-sample button").first.click()
    page.wait_for_selector(".sb-why")


def change_and_save(page: Page) -> None:
    settled(page)
    add(page, "number of orders", "3")
    settled(page)
    page.locator("[name=_save]").click()
    page.wait_for_selector(".sb-differences")


def leave_a_draft(page: Page) -> None:
    settled(page)
    add(page, "number of orders", "3")
    page.reload()
    page.wait_for_selector(".sb-hint-box")
    settled(page)


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
    Shot("builder-new", f"{SEGMENTS}add/", settled),
    Shot("builder-search", f"{SEGMENTS}add/", search_for_a_condition),
    Shot("builder-incomplete", f"{SEGMENTS}add/", leave_something_out),
    Shot("builder-nobody", "{best-customers}change/", choose_nobody),
    Shot("builder-why", "{best-customers}change/", ask_why),
    Shot("builder-saving", "{best-customers}change/", change_and_save),
    Shot("builder-draft", "{loyal}change/", leave_a_draft),
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
    Shot("customer-profile", "{customer}change/"),
    Shot("customer-activity", "{customer}activity/"),
    Shot("customer-segments", "{customer}segments/", open_details),
    Shot("audit-log", "/admin/customers/auditentry/"),
    Shot("audit-entry", "{audit}change/"),
    Shot("exports-log", "/admin/segments/exportaudit/"),
]


def main() -> None:
    target, parts = Path(sys.argv[1]), sys.argv[2:]
    complaints: list[str] = []
    fill("shop")
    with server() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        take(browser, site, wanted(EMPTY, parts), target, {}, complaints)
        fill("segments")
        take(browser, site, wanted(PAGES, parts), target, places(), complaints)
        browser.close()
    print("\n".join(complaints) or "The browser has nothing to complain of.")
    sys.exit(bool(complaints))


def fill(what: str) -> None:
    """Fill the database in another process: the loop of the browser keeps Django out of this."""
    subprocess.run([sys.executable, "bin/demo_states.py", what], check=True)


def places() -> dict[str, str]:
    """Return where the pages of the named segments, a customer and an audit entry are."""
    asked = subprocess.run(
        [sys.executable, "bin/demo_states.py", "places"], check=True, capture_output=True, text=True
    )
    return dict(line.split("\t") for line in asked.stdout.splitlines())


def wanted(shots: list[Shot], parts: list[str]) -> list[Shot]:
    return [shot for shot in shots if not parts or any(part in shot.name for part in parts)]


@contextmanager
def server() -> Iterator[str]:
    port = next(port for port in range(FIRST + 500, FIRST + 1000) if is_free(port))
    site = f"http://127.0.0.1:{port}"
    command = [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            while process.poll() is None:
                try:
                    urlopen(f"{site}/admin/login/").close()
                    break
                except OSError:
                    continue
            yield site
        finally:
            process.terminate()


def take(
    browser: Browser,
    site: str,
    shots: list[Shot],
    target: Path,
    where: dict[str, str],
    complaints: list[str],
) -> None:
    for scheme, width in LOOKS:
        context = browser.new_context(
            color_scheme=scheme, viewport={"width": width, "height": 800}, reduced_motion="reduce"
        )
        page = context.new_page()
        page.on("console", lambda said, page=page: complaints.append(f"{page.url}: {said.text}"))
        page.on("pageerror", lambda said, page=page: complaints.append(f"{page.url}: {said}"))
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto(f"{site}/admin/login/")
        page.fill("#id_username", "admin")
        page.fill("#id_password", "pictures")
        page.click("[type=submit]")
        for shot in shots:
            page.goto(site + shot.address.format(**where))
            page.wait_for_load_state("networkidle")
            if shot.prepare:
                shot.prepare(page)
            if page.evaluate("document.documentElement.scrollWidth") > width:
                complaints.append(f"{page.url} is wider than {width}")
            # A dialog covers what is seen, not the whole page.
            whole = page.locator("dialog[open]").count() == 0
            page.screenshot(path=target / f"{shot.name}-{scheme}-{width}.png", full_page=whole)
            page.evaluate("sessionStorage.clear()")
        context.close()


if __name__ == "__main__":
    main()
