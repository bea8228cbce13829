"""Every address is asked, and what of the shop's secrets it shows is found."""

import json
import re
from collections.abc import Container, Iterator
from contextlib import contextmanager, suppress
from copy import copy
from itertools import islice
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from conditions import registry
from customers.models import (
    Customer,
)
from segmentation_site.tests.personal_data import decided
from segments.export.background.requests import execute_export, request_export
from segments.export.columns import COLUMNS, all_columns
from segments.export.contents import Contents
from segments.export.targets import TARGETS
from segments.models import Export, Segment, WebhookEndpoint
from segments.reports.catalogue import REPORTS
from tests.factories.rows import undone


def addresses(patterns: Any = None, space: str = "") -> Iterator[tuple[str, list[str]]]:
    """Yield each address's name and the names of its arguments."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(one, URLPattern):
            known = list(one.pattern.converters) or list(one.pattern.regex.groupindex)
            yield f"{space}{one.name}", known
        else:
            yield from addresses(one.url_patterns, f"{one.namespace}:" if one.namespace else space)


def model_of(name: str) -> type[Model] | None:
    """Return the model whose page the address is; None where it is about none."""
    for model in admin.site._registry:
        meta = model._meta
        if name.startswith(f"admin:{meta.app_label}_{meta.model_name}_"):
            return model
    return None


def argument(name: str, argument: str, segment: Segment) -> Any:
    if argument in {"object_id", "id", "pk"} and (model := model_of(name)):
        row = model._default_manager.first()
        assert row is not None, name
        return row.pk
    number = segment.runs.first() if name.startswith("api:run") else None
    if name in {"api:export", "api:export-cancel"}:
        number = Export.objects.latest("pk")
    if name.startswith(("api:webhook-", "api:deliver")) or name == "api:webhook":
        number = WebhookEndpoint.objects.latest("pk")
    return {
        "app_label": "customers",
        "client": "tab",
        "code": CODES.get(name, "all"),
        "content_type_id": 1,
        "esp": "postmark",
        "format": "csv",
        "key": "sizes",
        "message": "msg_1",
        "number": number.pk if number else 1 if name in NUMBERED else "C1",
        "object_id": 1,
        "order": "O1",
        "provider": "sso",
        "token": "nowhere",
        "url": "nowhere",
        "pk": 1,
        "store": "default",
        "variant": "hello",
    }[argument]


# Addresses whose number is not a customer's.
NUMBERED = (
    *(f"api:sequence{name}" for name in ("", "-start-members", "-resume", "-report")),
    *("api:segment-restore", "api:erasure", "api:price-rule-restore", "api:price-rule-batch"),
    *("api:training", "api:training-cancel", "api:model-version"),
    *("api:message-resolve", "api:suppression-lift", "api:mail-template-restore"),
    *("api:audience-sync", "api:audience-sync-run", "api:audience-sync-members"),
    *("api:recommendation-rule-restore", "api:priority-list-restore"),
    *("api:alert", "api:alert-resolve", "api:alert-channel", "api:alert-channel-test"),
    "mail:sync-report",
    *("admin:predictions_predictionmodel_deploy", "api:recommendation-promote"),
    "login:remove",
)
# And whose code is not a segment's.
CODES = dict.fromkeys(("api:placement", "api:variants", "api:variant"), "hero") | {
    "api:campaign-audience": "news",
    **{f"api:priority-list{name}": "first" for name in ("", "-versions", "-restore")},
    "api:mail-template-preview": "hello",
}
# Rules that ask for everything, so that all of it can be found in an answer.
TREE = {
    "match": "all",
    "conditions": [
        {"attribute": "customer.date_of_birth", "operator": "is_not_empty"},
        {"attribute": "customer.email", "operator": "is_not_empty"},
        {"attribute": "address.street", "operator": "is_not_empty"},
    ],
}


def questions(
    name: str, arguments: list[str], segment: Segment, secrets: dict[tuple[str, str], str]
) -> Iterator[tuple[str, str, Any]]:
    """Yield what is asked of an address: method, address and body."""
    if name.endswith(":None"):
        yield "GET", "/admin/nowhere/" if name.startswith("admin") else "/api/v1/nowhere/", None
        return
    address = reverse(name, kwargs={one: argument(name, one, segment) for one in arguments})
    yield "GET", address, None
    yield "POST", address, {}
    if name.endswith("_changelist"):
        for secret in secrets.values() if "_customer_" in name else ():
            yield "GET", f"{address}?{urlencode({'q': secret})}", None
        yield "GET", f"{address}?_popup=1&_to_field=email", None
        yield "GET", f"{address}?o=1.2.3.4.5.6.7", None
    elif name == "api:values":
        for attribute in registry.attributes():
            asked = urlencode({"attribute": attribute.code, "q": "zq"})
            yield "GET", f"{address}?{asked}", None
    elif name == "admin:search":
        yield "GET", f"{address}?q=C1", None
    elif name == "admin:campaigns_campaign_left_out":
        for reason in ("unsubscribed", "not_subscribed", "suppressed"):
            yield "GET", f"{address}?reason={reason}", None
    elif name == "admin:campaigns_campaign_mail":
        yield "GET", f"{address}?customer=C1", None
    elif name == "admin:autocomplete":
        for model in ("order", "address", "refund", "customerattributevalue", "cart"):
            asked = {"app_label": "customers", "model_name": model, "field_name": "customer"}
            yield "GET", f"{address}?{urlencode(asked)}", None
    elif name.startswith("admin:segments_segment_report"):
        for report in REPORTS:
            yield "GET", reverse(name, args=[report.key]), None
    elif name == "admin:segments_segment_export" and arguments:
        for column in all_columns():
            yield "GET", f"{address}?columns={column.name}", None
    elif name in {"api:members-csv", "api:members-xml"}:
        for column in all_columns():
            yield "GET", f"{address}?columns={column.name}", None
        for target in TARGETS if name == "api:members-csv" else ():
            yield "GET", f"{address}?target={target.name}", None
    elif name == "api:exports-of-segment":
        yield "POST", address, {"columns": ["email"]}
    elif name == "api:export-file":
        for export in Export.objects.all():
            yield "GET", reverse(name, args=[export.token]), None
    elif name == "api:mail-template-preview":
        yield "POST", address, {"customer": "C1"}
    elif name in {"api:preview", "api:preview-explain"}:
        body = {"conditions": TREE} | ({"customer": "C1"} if "explain" in name else {})
        yield "POST", address, body
    elif name in {"admin:segments_segment_add", "admin:segments_segment_change"}:
        sent = {"name": "New", "applies_to": "registered", "refresh_mode": "auto"}
        sent |= {"is_active": "on", "priority": "0", "conditions": json.dumps(TREE)}
        yield "POST", address, sent | {"_preview": "1"}
    elif name == "admin:segments_segment_overrides":
        yield "POST", address, {"customer": "C1", "kind": "exclude", "reason": ""}
    elif name == "admin:customers_customer_change":
        yield "POST", address, {"external_id": "C1", "email": ""}
    elif name == "admin:customers_customer_export":
        columns = {f"customerresource_{one.name}": "on" for one in COLUMNS}
        yield "POST", address, {"format": "0", "resource": "0", **columns}


def asked(
    name: str,
    arguments: list[str],
    segment: Segment,
    secrets: dict[tuple[str, str], str],
    is_exhaustive: bool,
) -> Iterator[tuple[str, str, Any]]:
    """Yield all that is asked of an address; unless `is_exhaustive`, only its plain GET."""
    every = questions(name, arguments, segment, secrets)
    yield from every if is_exhaustive else islice(every, 1)


def answer(client: Client, method: str, address: str, body: Any) -> Any:
    is_api = address.startswith("/api/")
    if method == "GET":
        return client.get(address)
    content = {"content_type": "application/json"} if is_api else {}
    return client.post(address, body, follow=not is_api, **content)


@contextmanager
def read_once(user: User) -> Iterator[None]:
    """Give requests in a session `user` as already read, with the permissions.

    Reading them takes a third of a request, and nothing that a request does to them stays.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ModelBackend, "get_user", lambda _self, _pk: copy(user))
        yield


def text_of(response: Any) -> str:
    content = b"".join(response) if response.streaming else response.content
    return str(content.decode(errors="replace")).lower()


def stands_in(text: str, secret: str) -> bool:
    """Say whether a text shows a secret; a year counts with its day, since numbers hold years."""
    # The year first: the expression takes 6 ms for a page.
    return secret in text and (
        not secret.isdecimal()
        or bool(re.search(rf"\b{secret}-03-07\b|\b0?7\b.{{1,8}}\b{secret}\b", text))
    )


def shown_to(
    user: User,
    segment: Segment,
    secrets: dict[tuple[str, str], str],
    is_exhaustive: bool = True,
    without_secrets: Container[str] = (),
) -> dict[str, set[tuple[str, str]]]:
    """Return which secrets the user is shown, by address; nothing that is done stays.

    Addresses `without_secrets`, by their names, are only asked for their plain GET.
    """
    with suppress(PermissionDenied):
        execute_export(request_export(segment, Contents(), user).pk)
    found: dict[str, set[tuple[str, str]]] = {}
    client = Client(raise_request_exception=False)
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    known = ModelBackend().get_user(user.pk)
    known.get_all_permissions()
    for name, arguments in addresses():
        is_asked_all = is_exhaustive and name not in without_secrets
        for method, address, body in asked(name, arguments, segment, secrets, is_asked_all):
            # One address logs out; what it did to the session is undone with the rest.
            client.cookies[settings.SESSION_COOKIE_NAME] = session
            with undone(keeps_the_rest=True), read_once(known):
                response = answer(client, method, address, body)
                text = text_of(response)
            assert response.status_code < 500, (name, method, address)
            kept = response.headers.get("Cache-Control", "")
            assert "no-store" in kept or name in decided.KEPT, (name, address, kept)
            # What was asked for comes back, in the field of the search.
            looked_for = address.lower().partition("?")[2]
            seen = {
                key
                for key, secret in secrets.items()
                if stands_in(text, secret) and secret not in looked_for
            }
            found.setdefault(name, set()).update(seen)
    return found


def leaks(shown: dict[str, set[tuple[str, str]]], allowed: set[str]) -> list[str]:
    names = {("Customer", name) for name in Customer.personal.names}
    return [
        f"{address}: {model}.{column}"
        for address, seen in shown.items()
        for model, column in sorted(seen - (names if address in allowed else set()))
    ]
