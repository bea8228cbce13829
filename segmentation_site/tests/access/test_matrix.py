"""Every address of the API, each method, whoever asks: 401, 403 or let in, as the contract says."""

import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission, User
from django.db import connection, transaction
from django.test import Client, override_settings

from customers.access.tokens import codename, create_token, revoke_token
from customers.models import Erasure
from customers.rest.addresses import addresses
from customers.rest.endpoint import Endpoint
from customers.rest.needed import permissions_of_calls
from customers.tests.rows import AT, a_customer
from segmentation_site.tests.access.contract import METHODS, NEEDED, OPEN, OWN
from segments.export.background import execute_export
from segments.models import Export, WebhookDelivery

pytestmark = [
    pytest.mark.skipif(connection.vendor != "sqlite", reason="no matter of the database: once"),
    pytest.mark.django_db,
]

CALLS = [(route, method) for route, methods in NEEDED.items() for method in methods]
ALL = {one for methods in NEEDED.values() for needed in methods.values() for one in needed}


def routes() -> dict[str, Any]:
    """Return the views of all addresses, by their patterns as the contract writes them."""
    found = {}
    for one in addresses():
        if one.name is not None:
            found[re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", one.route)] = one.view
    return found


def granted(*wanted: str) -> list[Permission]:
    names = [one.partition(".")[2] for one in wanted]
    rows = Permission.objects.filter(codename__in=names).select_related("content_type")
    found = [one for one in rows if codename(one) in wanted]
    assert len(found) == len(set(wanted))
    return found


def new_user(*permissions: str, **values: Any) -> User:
    user = User.objects.create_user(f"user{User.objects.count()}", **values)
    user.user_permissions.set(granted(*permissions))
    return user


def key_of(user: User, *limits: str) -> str:
    return create_token(user, author=None, permissions=granted(*limits)).key


def asked(key: str | None, method: str, address: str, body: Any = None) -> Any:
    """Ask for real, and return the answer as it is."""
    headers = {} if key is None else {"Authorization": f"Token {key}"}
    if method in {"PUT", "PATCH", "DELETE"} or address.endswith("/restore/"):
        headers["If-Match"] = '"1"'
    content = "" if method in {"GET", "HEAD"} else json.dumps({} if body is None else body)
    return Client().generic(
        method, f"/api/v1/{address}", content, content_type="application/json", headers=headers
    )


def status(key: str | None, method: str, address: str, body: Any = None) -> int:
    """Ask, take back what was done, and return the status."""
    with transaction.atomic():
        answer = asked(key, method, address, body)
        answer.close()
        transaction.set_rollback(True)
    return int(answer.status_code)


@pytest.fixture(scope="module")
def boss(rows_for_all: None) -> str:
    """The key of somebody who may everything."""
    return key_of(User.objects.create_superuser("boss"))


@pytest.fixture(scope="module")
def places(boss: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The address of something that is there, by its pattern; what is one's own is the boss's."""

    def make(address: str, **body: Any) -> Any:
        answer = asked(boss, "POST", address, body)
        assert answer.status_code in {200, 201, 202}, answer.content
        return answer.json()

    folder = tmp_path_factory.mktemp("exports")
    with override_settings(EXPORT_DIR=folder, ML_TRAIN_RATE=0, ML_PREDICT_RATE=0):
        a_customer("C1")
        everybody = {"match": "all", "conditions": []}
        make("segments/", name="All", code="all", conditions=everybody)
        run = make("segments/all/refresh/")["id"]
        override = {"kind": "include"}
        assert asked(boss, "PUT", "segments/all/overrides/C1/", override).status_code < 300
        export = make("segments/all/exports/")["id"]
        execute_export(export)
        link = Export.objects.get(pk=export).token
        webhook = make("webhooks/", name="Shop", url="https://shop.example/hook", segments=None)
        told = WebhookDelivery.objects.create(
            endpoint_id=webhook["id"], message_id="msg_1", sequences=[1], created_at=AT
        )
        rule = {"name": "Ten", "action": "percent", "value": "10", "coupon": "generated"}
        make("cart-price-rules/", code="ten", **rule)
        (made,) = make("cart-price-rules/ten/coupons/", count=1)["coupons"]
        coupon = made["code"]
        make(f"coupons/{coupon}/redeem/", order="O1")
        batch = apps.get_model("price_rules", "CouponBatch").objects.latest("pk").pk
        erasure = Erasure.objects.create(
            orders="anonymize", requested_at=AT, next_at=AT, completed_at=AT
        ).pk
        models = apps.get_model("predictions", "PredictionModel").objects
        training = apps.get_model("predictions", "TrainingRun").objects.create(
            model=models.get(code="rfm"), as_of=AT, created_at=AT, outcome="completed"
        )
        numbers = {
            "ml-engine/runs/": training.pk, "ml-engine/models/": 1, "clv/calculate/": "C1",
            "runs/": run, "exports/": export, "webhooks/": webhook["id"], "erasures/": erasure,
            "segments/{code}/versions": 1, "cart-price-rules/{code}/versions": 1,
            "cart-price-rules/{code}/coupons": batch, "customers/": "C1",
            "segments/{code}/overrides": "C1",
        }  # fmt: skip
        codes = {"segments/": "all", "customers/": "all", "cart-price": "ten", "coupons": coupon}
        codes["ml-engine/models/"] = "rfm"

        def place(route: str) -> str:
            number = next((v for k, v in numbers.items() if route.startswith(k)), None)
            code = next((v for k, v in codes.items() if route.startswith(k)), None)
            return route.format(
                number=number, code=code, client="page", token=link, message=told.message_id,
                order="O1",
            )  # fmt: skip

        yield {route: place(route) for route in NEEDED}


@pytest.fixture(scope="module")
def singles(rows_for_all: None) -> dict[str, str]:
    """Keys of people who hold one permission each, by it."""
    extra = permissions_of_calls() - ALL
    return {one: key_of(new_user(one, is_staff=True)) for one in sorted(ALL | extra)}


@pytest.fixture(scope="module")
def refused(rows_for_all: None) -> dict[str, str | None]:
    """Who has no credentials that are good."""
    user = User.objects.create_superuser("gone")
    inactive = User.objects.create_superuser("inactive", is_active=False)
    revoked = create_token(user, author=None)
    revoke_token(revoked.token, author=None)
    expired = create_token(user, author=None, expires_at=AT)
    return {
        "nobody": None, "wrong": "x" * 43, "empty": "", "revoked": revoked.key,
        "expired": expired.key, "inactive": key_of(inactive),
    }  # fmt: skip


def test_the_contract_names_every_address_and_method() -> None:
    views = routes()
    assert set(views) == set(NEEDED) | OPEN
    for route, methods in NEEDED.items():
        view = views[route]
        assert issubclass(view, Endpoint)
        said = {method: set(one.needs) for method, one in view.operations.items()}
        assert said == {method: set(needed) for method, needed in methods.items()}, route


@pytest.mark.parametrize(("route", "method"), CALLS)
def test_only_who_holds_all_that_is_needed_is_let_in(
    route: str, method: str, places: dict[str, str], boss: str, singles: dict[str, str],
    refused: dict[str, str | None],
) -> None:  # fmt: skip
    needed = set(NEEDED[route][method])
    ask = partial(status, method=method, address=places[route])

    for name, key in refused.items():
        assert ask(key) == 401, name
    # What is there is found, so that nobody is kept out by its not being there.
    assert is_let_in(ask(boss)), ask(boss)
    assert ask(key_of(new_user(is_staff=True))) == 403
    for permission, key in singles.items():
        assert (ask(key) != 403) == (needed == {permission}), permission
    exact = new_user(*needed)
    for key in (key_of(exact), key_of(exact, *needed)):
        assert ask(key) == 404 if route in OWN - {"exports/"} else is_let_in(ask(key))
    boss_user = User.objects.get(username="boss")
    assert is_let_in(ask(key_of(boss_user, *needed)))
    # A limit takes away, whoever has the token, and gives nothing.
    assert ask(key_of(new_user(), *needed)) == 403
    for missing in needed:
        others = (set(singles) | ALL) - {missing}
        assert ask(key_of(boss_user, *others)) == 403, missing
        assert ask(key_of(new_user(*others))) == 403, missing


def is_let_in(found: int) -> bool:
    return found < 500 and found not in {401, 403, 404, 405}


@pytest.mark.parametrize("route", NEEDED)
def test_what_an_address_does_not_have_is_405_and_its_head_like_its_get(
    route: str, places: dict[str, str], boss: str, singles: dict[str, str]
) -> None:
    none = key_of(new_user())
    for method in set(METHODS) - set(NEEDED[route]):
        assert status(None, method, places[route]) == 401
        assert status(boss, method, places[route]) == 405
    if "GET" in NEEDED[route]:
        for key in (None, none, boss):
            answer = status(key, "HEAD", places[route])
            assert answer == status(key, "GET", places[route])


def test_what_is_open_is_open_and_nothing_else(places: dict[str, str]) -> None:
    for route in OPEN:
        assert status(None, "GET", route) == 200
    assert status(None, "GET", "nowhere/") == 404


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
