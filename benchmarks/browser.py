"""Times of the live preview as a user sees it: Chromium, a web server, named trees, real edits.

Run on a PostgreSQL database that `generate_shop` has filled; what it makes there (a user, segments
with codes beginning “h-”) it removes:
    DATABASE_URL=postgres://... python -m benchmarks.browser [--rounds 5] [--json FILE]
"""

import argparse
import json
import os
import secrets
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segmentation_site.settings")
# Playwright's loop runs in this thread; the database is asked between its steps only.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright  # noqa: E402

from benchmarks.machine import machine  # noqa: E402
from benchmarks.trees import PREFIX, TREES, parts  # noqa: E402
from bin.free_port import FIRST, is_free  # noqa: E402
from segments.editing.saving import create_segment  # noqa: E402
from segments.models import Segment  # noqa: E402
from segments.rules.definition import Definition  # noqa: E402

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
USER = "h-benchmark"
LIMIT_MS = 60_000
# Notes when the number appears, and when a key was last pressed.
WATCH = """
    let isAsked = true;
    addEventListener("input", () => {
        document.documentElement.dataset.input = performance.now();
        delete document.documentElement.dataset.counted;
        isAsked = false;
    }, true);
    new MutationObserver(() => {
        const state = document.querySelector(".sb-panel-body")?.dataset.state;
        const said = document.documentElement.dataset;
        if (state === "loading") isAsked = true;
        if (state === "counted" && isAsked && !said.counted) said.counted = performance.now();
    }).observe(document, { subtree: true, childList: true, attributes: true });
"""
# Lines that are typed, each finished with Enter; the empty one ends a list.
THREE = ("lives in", "germany", "", "has spent", "500", "ordered in the last", "90")
GOALS = {"first count": "p50 0.8 s, p95 2 s", "edit": "p95 1.5 s"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with stored() as (segments, cookie), server() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        rows = [
            row
            for _round in range(options.rounds)
            for name, segment in segments.items()
            for row in open_form(browser, site, cookie, name, segment)
        ]
        loaded = page_load(browser, site, cookie)
        browser.close()
    report(rows, loaded)
    if options.json:
        kept = {"machine": machine(), "page": loaded, "rows": rows}
        options.json.write_text(json.dumps(kept, indent=2))


@contextmanager
def stored() -> Iterator[tuple[dict[str, Segment], dict[str, str]]]:
    """Keep a segment for each tree, and somebody logged in (the cookie), while the block runs."""
    # One that was killed cleaned nothing up.
    forget()
    try:
        user = User.objects.create_superuser(USER, password=secrets.token_urlsafe())
        client = Client()
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        with parts():
            segments = {
                label: create_segment(
                    Definition(label, conditions=tree), code=f"{PREFIX}{number}", author=user
                ).segment
                for number, (label, tree) in enumerate(TREES.items())
            }
            yield segments, {"name": name, "value": client.cookies[name].value}
    finally:
        forget()


def forget() -> None:
    Segment.objects.filter(code__startswith=PREFIX).delete()
    User.objects.filter(username=USER).delete()


@contextmanager
def server() -> Iterator[str]:
    """Run the web server of `bin/start`, and give its address."""
    port = next(port for port in range(FIRST + 500, FIRST + 1000) if is_free(port))
    site = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "gunicorn", "segmentation_site.wsgi", "--workers", "2"]
    command += ["--threads", "4", "--bind", f"127.0.0.1:{port}", "--no-control-socket"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            while process.poll() is None:
                try:
                    urlopen(f"{site}/readyz").close()
                    break
                except URLError:
                    continue
            yield site
        finally:
            process.terminate()


def open_form(
    browser: Browser, site: str, cookie: dict[str, str], name: str, segment: Segment
) -> Iterator[dict[str, Any]]:
    """Open a segment's form with an empty cache, then edit it; yield the milliseconds until each
    count.

    The first count is timed from the click that leads to the page, an edit from its last key.
    """
    context = window(browser, site, cookie)
    page = context.new_page()
    # A user who clicks has had the window open for a while.
    page.wait_for_timeout(1000)
    page.goto(site + reverse("admin:segments_segment_change", args=[segment.pk]))
    yield {"what": "first count", "tree": name, "ms": counted(page), **server_time(page)}
    page.get_by_role("combobox", name="All conditions: add a condition", exact=True).click()
    page.keyboard.type("number of orders")
    page.keyboard.press("Enter")
    page.keyboard.type("2")
    counted(page)
    page.keyboard.type(str(secrets.randbelow(10)))
    took = counted(page) - read_mark(page, "input")
    yield {"what": "edit", "tree": name, "ms": took, **server_time(page)}
    # Wait until the page sends no further requests before the next one is opened.
    page.wait_for_selector("segment-builder[data-state=detailed]", timeout=LIMIT_MS)
    context.close()


def page_load(browser: Browser, site: str, cookie: dict[str, str]) -> dict[str, int]:
    """Return what the form of a new segment costs: bytes, requests, and interactions for three
    conditions (a finished line of typing is one).
    """
    context = window(browser, site, cookie)
    page = context.new_page()
    sizes: list[int] = []
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(site + reverse("admin:segments_segment_add"))
    counted(page)
    interactions = 0
    page.get_by_role("combobox", name="All conditions: add a condition", exact=True).focus()
    for line in THREE:
        page.keyboard.type(line)
        page.keyboard.press("Enter")
        interactions += 1
    tree = json.loads(page.input_value("#id_conditions"))
    assert len(tree["conditions"]) == 3, tree
    found = {"bytes": round(sum(sizes)), "requests": len(sizes), "interactions": interactions}
    context.close()
    return found


def window(browser: Browser, site: str, cookie: dict[str, str]) -> BrowserContext:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": cookie["name"], "value": cookie["value"], "url": site}])
    context.add_init_script(WATCH)
    return context


def counted(page: Page) -> float:
    """Wait until the count is there, and return when that was, in the page's milliseconds."""
    page.wait_for_selector("html[data-counted]", timeout=LIMIT_MS)
    return read_mark(page, "counted")


def read_mark(page: Page, what: str) -> float:
    return float(page.locator("html").get_attribute(f"data-{what}") or "nan")


def server_time(page: Page) -> dict[str, int]:
    """Return how long the server says that its count took."""
    said = page.locator(".sb-facts .sb-hint").inner_text()
    return {"server_ms": int("".join(filter(str.isdigit, said.rpartition("took")[2])))}


def report(rows: Sequence[dict[str, Any]], loaded: dict[str, int]) -> None:
    for tree in TREES:
        own = [row for row in rows if row["tree"] == tree]
        shown = [
            f"{statistics.median(row[kind] for row in own if row['what'] == what):8.0f}"
            for what in GOALS
            for kind in ("ms", "server_ms")
        ]
        print(f"{tree:36}{''.join(shown)}")
    for what, goal in GOALS.items():
        times = [row["ms"] for row in rows if row["what"] == what]
        half, most = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        print(f"{what}: {len(times)} times, p50 {half:.0f} ms, p95 {most:.0f} ms (goal: {goal})")
    print(", ".join(f"{value:,} {name}" for name, value in loaded.items()), end="")
    print(f"; load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
