"""One form each: the browser shows numbers, money, shares, days and times as the server does."""

from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from django.conf import settings as site
from django.utils import timezone, translation

from core.text.formats import day_shown, moment_shown, money_shown, number_shown, share_shown
from segments.tests.browser.chromium import launched

pytestmark = pytest.mark.browser

NUMBERS = ("0", "7", "999", "1000", "1234567.5", "-12345", "0.125")
AMOUNTS = ("0", "0.1", "343.08", "1200", "-1200.5", "1234567.89")
SHARES = ("0", "0.0004", "0.098", "0.0985", "0.5", "0.99949", "1")
MOMENTS = (datetime(2026, 11, 21, 10, 40, 54, tzinfo=UTC), datetime(2020, 3, 9, 0, 5, tzinfo=UTC))
SHOWN = """async ({ numbers, amounts, shares, days, moments }) => {
    const words = await import("/static/segments/builder/words.js");
    return {
        numbers: numbers.map((one) => words.number(+one)),
        amounts: amounts.map((one) => words.money(one, "EUR")),
        shares: shares.map((one) => words.share(+one)),
        days: days.map((one) => words.day(new Date(one))),
        moments: moments.map((one) => words.moment(one, "UTC")),
    };
}"""


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, launched(playwright) as browser:
        yield browser


def _answer(route, language):
    """Give a page with nothing but its language, or a file."""
    path = urlsplit(route.request.url).path
    if path == "/":
        page = f'<!doctype html><html lang="{language}"><title>Words</title>'
        route.fulfill(body=page, content_type="text/html")
    else:
        route.fulfill(path=site.BASE_DIR / path.removeprefix("/"))


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_server_and_browser_show_the_same(browser, language, settings):
    settings.BASE_CURRENCY = "EUR"
    page = browser.new_page()
    page.route("**/*", lambda route: _answer(route, language))
    page.goto("http://words.test/")
    asked = {
        "numbers": NUMBERS,
        "amounts": AMOUNTS,
        "shares": SHARES,
        "days": [at.date().isoformat() for at in MOMENTS],
        "moments": [at.isoformat() for at in MOMENTS],
    }
    with translation.override(language), timezone.override(UTC):
        expected = {
            "numbers": [number_shown(Decimal(one)) for one in NUMBERS],
            "amounts": [money_shown(Decimal(one)) for one in AMOUNTS],
            "shares": [share_shown(Decimal(one)) for one in SHARES],
            "days": [day_shown(at.date()) for at in MOMENTS],
            "moments": [moment_shown(at) for at in MOMENTS],
        }
    assert page.evaluate(SHOWN, asked) == expected
    page.close()
