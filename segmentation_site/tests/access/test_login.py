"""Logging in: guesses are counted by account and address, whoever else is there gets in."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import F
from django.test import Client, RequestFactory
from django.urls import reverse
from rest_framework.settings import api_settings

from core.access.attempts import SHARED
from core.access.authentication import Credentials
from core.access.origin import check_proxies, origin_of
from core.api.routes.addresses import addresses
from customers.models import AuditEntry
from segmentation_site.monitoring.logs import RefusalsInOneLine
from segmentation_site.tests.access.contract import FROM_STOREFRONTS, SIGNED

pytestmark = [pytest.mark.django_db, pytest.mark.once]

LIMIT = settings.AXES_FAILURE_LIMIT
RIGHT = "correct horse"
HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"


@pytest.fixture(autouse=True)
def boss(settings: Any) -> User:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return User.objects.create_superuser("boss", password=RIGHT)


def log_in(password: str = RIGHT, *, name: str = "boss", at: str = HERE, **said: str) -> Any:
    sent = {"username": name, "password": password}
    return Client().post(reverse("admin:login"), sent, REMOTE_ADDR=at, headers=said)


def fails(times: int, **where: Any) -> None:
    for number in range(times):
        log_in(f"guess {number}", **where)


def is_in(response: Any) -> bool:
    return "sessionid" in response.cookies and response.status_code == 302


def time_passes(**span: int) -> None:
    """As if all that has happened had been so much earlier."""
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(**span))


def test_who_has_guessed_too_often_is_refused_with_the_right_password() -> None:
    fails(40)

    response = log_in()

    assert response.status_code == 429
    assert "sessionid" not in response.cookies
    assert 0 < int(response["Retry-After"]) <= 900
    assert "minutes, then log in again" in response.content.decode()
    assert "no-store" in response["Cache-Control"]


def test_fewer_failures_than_the_limit_are_forgotten_with_the_right_password() -> None:
    for _twice in range(2):
        fails(LIMIT - 1)
        assert is_in(log_in())


def test_a_lock_ends_by_itself_and_further_tries_do_not_lengthen_it() -> None:
    fails(LIMIT)
    time_passes(seconds=600)
    fails(3)
    assert 0 < int(log_in()["Retry-After"]) <= 300

    time_passes(seconds=301)

    assert is_in(log_in())


def test_whoever_guesses_keeps_the_owner_out_nowhere_else() -> None:
    fails(LIMIT, at=ELSEWHERE)

    assert not is_in(log_in(at=ELSEWHERE))
    assert is_in(log_in(at=HERE))


def test_what_a_client_says_of_its_address_neither_helps_nor_harms() -> None:
    for number in range(LIMIT):
        log_in("guess", at=ELSEWHERE, **{"X-Forwarded-For": f"198.51.100.{number}"})
        log_in("guess", at=ELSEWHERE, **{"X-Forwarded-For": HERE})

    assert not is_in(log_in(at=ELSEWHERE, **{"X-Forwarded-For": "203.0.113.9"}))
    assert is_in(log_in(at=HERE))


def test_behind_a_proxy_it_is_the_proxy_who_is_believed(settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    for number in range(LIMIT):
        spoofed = f"198.51.100.{number}, {HERE}, {ELSEWHERE}"
        log_in("guess", at="10.0.0.7", **{"X-Forwarded-For": spoofed})

    assert not is_in(log_in(at="10.0.0.7", **{"X-Forwarded-For": ELSEWHERE}))
    assert is_in(log_in(at="10.0.0.7", **{"X-Forwarded-For": HERE}))


def test_an_address_that_tries_all_accounts_is_locked_for_all() -> None:
    clerk = User.objects.create_superuser("clerk", password=RIGHT)
    for number in range(LIMIT * SHARED - 1):
        log_in("guess", name=f"user{number}")
        if number % 10 == 0:  # Having an account of one's own is no way around it.
            assert is_in(log_in(name=clerk.username))

    assert is_in(log_in())
    log_in("guess", name="another")

    assert not is_in(log_in())
    assert is_in(log_in(at=ELSEWHERE))


def test_each_failure_is_one_line_and_each_lock_one_entry(caplog: Any) -> None:
    with caplog.at_level(logging.INFO):
        fails(LIMIT + 2, name="bo\nss")

    lines = caplog.records
    assert len(lines) == LIMIT + 2
    assert "\n" not in "".join(line.getMessage() for line in lines)
    assert lines[0].getMessage() == f"Log-in failed: user 'bo\\nss' from {HERE}"
    assert lines[-1].getMessage().startswith("Log-in refused for ")
    # Those of a flood that is locked out have none.
    assert AuditEntry.objects.filter(action="refused", name="bo\nss").count() == LIMIT
    entry = AuditEntry.objects.get(action="locked")
    assert (entry.action, entry.subject, entry.name) == ("locked", "login", "bo\nss")
    assert entry.after["address"] == HERE
    assert 0 < entry.after["seconds"] <= 900
    assert "guess" not in str([*AccessAttempt.objects.values()])


@pytest.mark.parametrize(
    "wanted", ["//evil.example/", "https://evil.example/", "javascript:alert(1)", "\0", ""]
)
def test_a_refused_destination_leads_to_the_first_page(wanted: str) -> None:
    sent = {"username": "boss", "password": RIGHT, "next": wanted}

    response = Client().post(reverse("admin:login"), sent, follow=True)

    assert response.status_code == 200
    assert response.redirect_chain[-1][0] == reverse("admin:index")


# Where a request comes from ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("direct", "said", "origin"),
    [
        (HERE, "", HERE),
        (HERE, "198.51.100.1", HERE),
        ("10.0.0.7", "", "10.0.0.7"),
        ("10.0.0.7", HERE, HERE),
        ("10.0.0.7", f"{ELSEWHERE}, {HERE}", HERE),
        ("10.0.0.7", f"{ELSEWHERE}, {HERE}, 10.1.1.1", HERE),
        ("10.0.0.7", f"{HERE}:4711", HERE),
        ("10.0.0.7", f"{HERE}, unknown", "10.0.0.7"),
        ("10.0.0.7", "10.0.0.8", "10.0.0.8"),
        ("::ffff:192.0.2.1", "", HERE),
        ("2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::"),
        ("10.0.0.7", "[2001:db8:1:2::9]:443", "2001:db8:1:2::"),
        ("", HERE, None),
    ],
)
def test_the_nearest_that_is_no_proxy_counts(
    settings: Any, direct: str, said: str, origin: str | None
) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    request = RequestFactory().get("/", REMOTE_ADDR=direct, headers={"X-Forwarded-For": said})

    assert origin_of(request) == origin


def test_a_proxy_that_is_not_named_is_noticed(settings: Any) -> None:
    assert check_proxies() == []
    settings.HTTPS_ONLY = True
    assert [one.id for one in check_proxies()] == ["customers.W001"]
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    assert check_proxies() == []


# The API ----------------------------------------------------------------------------------------


def test_a_wrong_key_of_the_api_is_401_however_often(boss: User) -> None:
    """Whose token has ended learns that, instead of being told to wait."""
    address = reverse("api:segments")
    for _try in range(3 * LIMIT):
        answer = Client().get(address, headers={"Authorization": "Token wrong"})
        assert answer.status_code == 401
    assert is_in(log_in())


def test_there_is_no_way_into_the_api_but_the_counted_one() -> None:
    assert list(map(str, api_settings.DEFAULT_AUTHENTICATION_CLASSES)) == [str(Credentials)]
    classes = {one.route: tuple(one.view.authentication_classes) for one in addresses()}
    # Pages of a storefront log nobody in, and are told nothing.
    without = {route for route, found in classes.items() if not found}
    assert without == FROM_STOREFRONTS | SIGNED
    assert {found for found in classes.values() if found} == {(Credentials,)}


# Refusals in the log ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "status"),
    [("/admin/customers/customer/", 403), ("/admin/customers/order/?customer__email=x", 400)],
)
def test_a_refusal_is_one_line(caplog: Any, address: str, status: int) -> None:
    caplog.handler.addFilter(RefusalsInOneLine())
    client = Client()
    user = User.objects.create_user("clerk", is_staff=True, is_superuser=status == 400)
    client.force_login(user)
    caplog.clear()

    assert client.get(address).status_code == status

    assert len(caplog.text.strip().splitlines()) == 1
    assert "refusals" in settings.LOGGING["handlers"]["console"]["filters"]


def test_a_fault_keeps_its_traceback() -> None:
    error = ValueError("x")
    line = logging.LogRecord("a", logging.ERROR, "", 1, "", (), (ValueError, error, None))

    assert RefusalsInOneLine().filter(line)
    assert line.exc_info
