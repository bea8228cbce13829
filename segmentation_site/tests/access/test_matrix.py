"""Every address of the API, each method, whoever asks: 401, 403 or let in, as the contract says."""

from collections.abc import Iterator
from functools import partial

import pytest
from django.contrib.auth.models import User

from core.access.tokens import create_token, revoke_token
from core.api.endpoint import Endpoint
from core.api.routes.addresses import permissions_of_calls
from customers.tests.rows import AT
from segmentation_site.tests.access.calls import asked, key_of, routes
from segmentation_site.tests.access.contract import (
    FROM_STOREFRONTS,
    METHODS,
    NEEDED,
    OPEN,
    OWN,
    SIGNED,
)
from tests.factories.clients import new_user
from tests.factories.rows import undone

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.every_case]

CALLS = [(route, method) for route, methods in NEEDED.items() for method in methods]
# The first call that needs a set of permissions is asked with all credentials, the others whether
# they need these permissions: all calls look at credentials by the same code.
FIRST = {frozenset(NEEDED[route][method]): (route, method) for route, method in reversed(CALLS)}
ALL = {one for methods in NEEDED.values() for needed in methods.values() for one in needed}


def status(key: str | None, method: str, address: str) -> int:
    """Ask, take back what was done, and return the status."""
    with undone():
        answer = asked(key, method, address)
        answer.close()
    return int(answer.status_code)


@pytest.fixture(scope="module")
def every() -> set[str]:
    """Every permission that some call needs."""
    return ALL | permissions_of_calls()


@pytest.fixture(scope="module")
def refused(rows_for_all: None) -> dict[str, str]:
    """Who has no credentials that are good."""
    user = User.objects.create_superuser("gone")
    inactive = User.objects.create_superuser("inactive", is_active=False)
    revoked = create_token(user, author=None)
    revoke_token(revoked.token, author=None)
    expired = create_token(user, author=None, expires_at=AT)
    return {
        "wrong": "x" * 43, "empty": "", "revoked": revoked.key,
        "expired": expired.key, "inactive": key_of(inactive),
    }  # fmt: skip


def test_the_contract_names_every_address_and_method() -> None:
    views = routes()
    assert set(views) == set(NEEDED) | OPEN | FROM_STOREFRONTS | SIGNED
    for route, methods in NEEDED.items():
        view = views[route]
        assert issubclass(view, Endpoint)
        said = {method: set(one.needs) for method, one in view.operations.items()}
        assert said == {method: set(needed) for method, needed in methods.items()}, route


# Whose key it is, by the permissions that they hold (None: a superuser), and to what it is limited.
Credentials = tuple[frozenset[str] | None, frozenset[str] | None]
NOTHING: frozenset[str] = frozenset()


def refused_credentials(
    needed: frozenset[str], every: set[str], is_exhaustive: bool
) -> Iterator[Credentials]:
    """Yield credentials that must not be let in where `needed` is needed."""
    # Nothing else lets in, however much of it somebody holds.
    for missing in needed:
        others = frozenset(every - {missing})
        yield others, None
        if is_exhaustive:
            yield None, others
    if is_exhaustive or not needed:
        yield NOTHING, None
        # A limit takes away, whoever has the token, and gives nothing.
        yield NOTHING, needed
        yield frozenset(every - needed), None


def accepted_credentials(needed: frozenset[str], is_exhaustive: bool) -> list[Credentials]:
    """Return credentials that hold just enough, by the user, by the token and by both."""
    by_user, by_token, by_both = (needed, None), (None, needed), (needed, needed)
    return [by_user, by_token, by_both] if is_exhaustive else [by_token]


@pytest.fixture(scope="module")
def keys(boss: str, every: set[str], is_exhaustive: bool) -> dict[Credentials, str]:
    """Return a key for each credentials that a call is tried with, each made once."""
    exact = {frozenset(NEEDED[route][method]) for route, method in CALLS}
    wanted = {
        one
        for needed in exact
        for one in (
            *refused_credentials(needed, every, is_exhaustive),
            *accepted_credentials(needed, is_exhaustive),
        )
    }
    superuser = User.objects.get(username="boss")
    # Only those who hold just what is needed are not let into the admin: that counts for nothing.
    users = {
        held: superuser if held is None else new_user(*held, is_staff=held not in exact)
        for held in {held for held, _limits in wanted}
    }
    return {(held, limits): key_of(users[held], *(limits or ())) for held, limits in wanted}


@pytest.mark.parametrize(("route", "method"), CALLS)
def test_only_who_holds_all_that_is_needed_is_let_in(
    route: str, method: str, places: dict[str, str], every: set[str],
    refused: dict[str, str], keys: dict[Credentials, str], is_exhaustive: bool,
) -> None:  # fmt: skip
    """Catch a call that lets in whoever lacks one permission, or keeps out who holds them all.

    What accepted credentials ask for is there, so that no refusal is one of what is missing.
    """
    needed = frozenset(NEEDED[route][method])
    ask = partial(status, method=method, address=places[route])
    is_asked_all = is_exhaustive and FIRST[needed] == (route, method)

    assert ask(None) == 401
    for name, key in refused.items() if is_asked_all else ():
        assert ask(key) == 401, name
    for credentials in refused_credentials(needed, every, is_asked_all):
        assert ask(keys[credentials]) == 403, credentials
    for credentials in accepted_credentials(needed, is_asked_all):
        is_hidden = route in OWN - {"exports/"} and credentials[0] is not None
        found = ask(keys[credentials])
        assert found == 404 if is_hidden else is_let_in(found), credentials


def is_let_in(found: int) -> bool:
    return found < 500 and found not in {401, 403, 404, 405}


@pytest.mark.parametrize("route", NEEDED)
def test_what_an_address_does_not_have_is_405_and_its_head_like_its_get(
    route: str, places: dict[str, str], boss: str, is_exhaustive: bool
) -> None:
    missing = sorted(set(METHODS) - set(NEEDED[route]))
    for method in missing[:1]:
        assert status(None, method, places[route]) == 401
    for method in missing if is_exhaustive else missing[:1]:
        assert status(boss, method, places[route]) == 405
    if "GET" in NEEDED[route]:
        for key in (None, key_of(new_user()), boss) if is_exhaustive else (boss,):
            answer = status(key, "HEAD", places[route])
            assert answer == status(key, "GET", places[route])


def test_what_is_open_is_open_and_nothing_else(places: dict[str, str]) -> None:
    for route in OPEN:
        assert status(None, "GET", route) == 200
    assert status(None, "GET", "nowhere/") == 404


def test_what_storefronts_send_is_refused_without_their_origin() -> None:
    for route in FROM_STOREFRONTS:
        for method in METHODS:
            assert status(None, method, route) == 403


def test_what_is_signed_is_not_there_without_a_secret() -> None:
    for route in SIGNED:
        for method in METHODS:
            assert status(None, method, route) == (404 if method == "POST" else 405)


# Own and foreign -------------------------------------------------------------------------------


@pytest.mark.parametrize("route", sorted(OWN - {"exports/"}))
def test_what_is_another_person_s_is_not_there(
    route: str, places: dict[str, str], boss: str
) -> None:
    others = [new_user("segments.export_members"), User.objects.create_superuser("other")]
    for method in NEEDED[route]:
        assert is_let_in(status(boss, method, places[route]))
        for other in others:
            assert status(key_of(other), method, places[route]) == 404
            assert asked(key_of(other), "GET", "exports/").json()["results"] == []
    assert len(asked(boss, "GET", "exports/").json()["results"]) == 1


def test_a_link_is_worth_nothing_without_the_permission(places: dict[str, str]) -> None:
    boss = User.objects.get(username="boss")
    limited = key_of(boss, "segments.view_members", "segments.view_segment")
    assert status(limited, "GET", places["exports/files/{token}/"]) == 403


def test_tokens_are_no_address_of_the_api() -> None:
    assert not [route for route in routes() if "token" in route.replace("{token}", "")]
