"""What people see where something fails: a page that says so, without a user or a database."""

import sqlite3

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation


def locked_database() -> OperationalError:
    """Return what Django raises where another connection keeps SQLite's one writer's lock."""
    cause = sqlite3.OperationalError("database is locked")
    cause.sqlite_errorcode = sqlite3.SQLITE_BUSY_SNAPSHOT
    error = OperationalError("database is locked")
    error.__cause__ = cause
    return error


PAGES = ("400", "403", "403_csrf", "404", "500")


def test_an_address_that_leads_nowhere_says_so(client):
    response = client.get("/nothing-here/")

    assert response.status_code == 404
    assert "There is no such page" in response.content.decode()
    assert "site/tokens.css" in response.content.decode()


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (PermissionDenied(), 403, "You may not see this page"),
        (SuspiciousOperation(), 400, "This request cannot be understood"),
        (ZeroDivisionError(), 500, "Something went wrong here"),
        (OperationalError("the disk is full"), 500, "Something went wrong here"),
        (locked_database(), 503, "go back to what you have typed"),
    ],
)
def test_what_fails_within_a_page_is_said(client, monkeypatch, error, status, said):
    def fail(request: HttpRequest) -> None:
        raise error

    monkeypatch.setattr(
        "django.views.generic.RedirectView.dispatch", lambda self, request: fail(request)
    )
    client.raise_request_exception = False

    response = client.get(reverse("home"))

    assert response.status_code == status
    assert said in response.content.decode()


def test_a_busy_database_tells_callers_of_the_api_when_to_send_again(client_with, monkeypatch):
    def fail(*_arguments, **_more):
        raise locked_database()

    monkeypatch.setattr("price_rules.models.CartPriceRule.save", fail)
    client = client_with("price_rules.add_cartpricerule")

    answer = client.send(
        "POST",
        "cart-price-rules/",
        {"code": "ten", "name": "Ten", "action": "percent", "value": "10"},
    )

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_it_is_said_in_each_language_and_leads_on(page, language):
    with translation.override(language):
        html = render_to_string(f"{page}.html")

    assert f'lang="{language}"' in html
    assert f'href="{reverse("home")}"' in html
    assert "<style" not in html
    assert "<script" not in html
