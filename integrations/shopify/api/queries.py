"""Queries of Shopify's Admin API (GraphQL), and what its answers mean for another try."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_noop as _

from core.text.sentences import Sentence
from integrations.shops.apis.client import Access, ApiClient, ApiFailure, TryLater

SETTING = "SHOPIFY_TOKEN"
SCOPES = {
    "customers": "read_customers",
    "products": "read_products",
    "orders": "read_orders, read_all_orders",
}
THROTTLED, ACCESS_DENIED = "THROTTLED", "ACCESS_DENIED"
TEMPORARY = frozenset({"INTERNAL_SERVER_ERROR", "TIMEOUT"})
IS_METAFIELD = re.compile(r"[A-Za-z0-9_$:-]+\.[A-Za-z0-9_-]+").fullmatch
IS_VERSION = re.compile(r"[0-9]{4}-[0-9]{2}|unstable").fullmatch
MONEY = "{ shopMoney { amount } }"
ADDRESS = (
    "{ firstName lastName name company address1 address2 city province provinceCode zip"
    " countryCodeV2 phone }"
)
# Lines of a refund in one answer, so that the query of ten orders costs less than the 1,000 points
# that the shop allows; further lines come by further queries.
LINES = 20
REFUND_LINES = (
    f"refundLineItems(first: {LINES}, after: $after) {{ pageInfo {{ hasNextPage endCursor }}"
    f" nodes {{ quantity subtotalSet {MONEY} lineItem {{ id sku name }} }} }}"
)
FIELDS = {
    "customers": (
        "id firstName lastName email phone tags createdAt"
        " emailMarketingConsent { marketingState } defaultAddress { id }"
        f" addresses {ADDRESS.replace('{ ', '{ id ', 1)}"
    ),
    "products": (
        "id title vendor productType isGiftCard createdAt category { fullName }"
        " variants { edges { node { id sku price selectedOptions { name value } } } }"
        " collections { edges { node { id title handle } } }"
    ),
    "orders": (
        "id name email phone createdAt updatedAt cancelledAt displayFinancialStatus"
        " displayFulfillmentStatus currencyCode discountCodes paymentGatewayNames"
        " customerAcceptsMarketing customer { id } shippingLine { title } refunds { id }"
        f" totalTaxSet {MONEY} totalShippingPriceSet {MONEY} totalDiscountsSet {MONEY}"
        f" totalPriceSet {MONEY} billingAddress {ADDRESS} shippingAddress {ADDRESS}"
        " lineItems { edges { node { id sku name quantity"
        f" originalUnitPriceSet {MONEY} totalDiscountSet {MONEY} }} }} }}"
    ),
}
STATUS = (
    "query($id: ID!) { node(id: $id) { ... on BulkOperation {"
    " id status errorCode objectCount fileSize url } } }"
)
REFUNDS = (
    "query($ids: [ID!]!, $after: String) { nodes(ids: $ids) { ... on Order { id refunds {"
    f" id createdAt totalRefundedSet {MONEY} {REFUND_LINES} }} }} }} }}"
)
MORE_LINES = (
    "query($id: ID!, $after: String) { node(id: $id) { ... on Refund {"
    f" id {REFUND_LINES} }} }} }}"
)


class GraphQL:
    """Asks the Admin API of the shop that the settings name."""

    def __init__(self) -> None:
        version = settings.SHOPIFY_API_VERSION
        if not IS_VERSION(version):
            raise ApiFailure(_("SHOPIFY_API_VERSION: “{text}” is no version"), text=version)
        self._path = f"/admin/api/{version}/graphql.json"
        self._access = Access(
            settings.SHOPIFY_URL,
            {"X-Shopify-Access-Token": settings.SHOPIFY_TOKEN},
            "SHOPIFY_URL",
            SETTING,
            Sentence("", {}),
        )
        self.clock = self._access.clock

    def client(self, kind: str) -> ApiClient:
        """Return the client whose messages name the scopes that a kind of objects needs."""
        return ApiClient(replace(self._access, scopes=_scopes(kind)))

    def ask(
        self, kind: str, query: str, variables: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return `data` of the answer to a query about a kind of objects. Raises ApiFailure."""

        def read(answer: Any) -> dict[str, Any]:
            return self._data(kind, answer)

        body = {"query": query, "variables": dict(variables or {})}
        return self.client(kind).post(self._path, body, read)

    def _data(self, kind: str, answer: Any) -> dict[str, Any]:
        """Return `data` of an answer. Raises TryLater for a shop that is busy, and ApiFailure."""
        if not isinstance(answer, dict):
            raise TryLater(Sentence(_("an answer that is not of GraphQL"), {}))
        given = answer.get("errors") or ()
        errors = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
        if not given and isinstance(answer.get("data"), dict):
            return dict(answer["data"])
        codes = {(one.get("extensions") or {}).get("code") for one in errors}
        if THROTTLED in codes:
            raise TryLater(THROTTLED, _throttled_seconds(answer, errors))
        if ACCESS_DENIED in codes:
            raise access_denied(kind)
        if codes & TEMPORARY or not given:
            raise TryLater(Sentence(_("an error of the shop's server"), {}))
        reason = "; ".join(str(one.get("message", "")) for one in errors) or str(given)
        raise ApiFailure(_("{kind}: the shop answers: {reason}"), kind=kind, reason=reason)


def access_denied(kind: str) -> ApiFailure:
    """Return the failure of a token that lacks the scopes of a kind."""
    message = _("{setting}: the shop denies access to {kind}; it needs {scopes}")
    return ApiFailure(message, setting=SETTING, kind=kind, scopes=_scopes(kind))


def bulk_query(kind: str, since: datetime | None) -> str:
    """Return what starts a bulk operation for the objects of a kind that changed since `since`.

    None asks for all objects.

    Raises ApiFailure where a metafield of the setting has no name of the form NAMESPACE.KEY.
    """
    condition = ""
    if since is not None:
        condition = f"(query: \"updated_at:>='{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}'\")"
    fields = FIELDS[kind]
    if kind == "customers" and (names := metafields()):
        fields += (
            f" metafields(keys: {json.dumps(names)})"
            " { edges { node { id namespace key value definition { name } } } }"
        )
    query = f"{{ {kind}{condition} {{ edges {{ node {{ {fields} }} }} }} }}"
    return (
        f'mutation {{ bulkOperationRunQuery(query: """{query}""") {{'
        " bulkOperation { id status } userErrors { field message } } }"
    )


def metafields() -> list[str]:
    """Return the metafields of customers that the setting names, as NAMESPACE.KEY.

    Raises ApiFailure for another form.
    """
    names = [one.strip() for one in settings.SHOPIFY_METAFIELDS if one.strip()]
    for name in names:
        if not IS_METAFIELD(name):
            message = _("SHOPIFY_METAFIELDS: “{text}” is not of the form NAMESPACE.KEY")
            raise ApiFailure(message, text=name)
    return names


def _scopes(kind: str) -> Sentence:
    return Sentence(_("the access scopes {names}"), {"names": SCOPES[kind]})


def _throttled_seconds(answer: Mapping[str, Any], errors: Sequence[Any]) -> float | None:
    """Return after how many seconds the shop can pay for a query; None where it does not say."""
    places = [answer.get("extensions") or {}, *(one.get("extensions") or {} for one in errors)]
    for place in places:
        cost = place.get("cost") or {}
        status = cost.get("throttleStatus") or {}
        try:
            lacking = float(cost["requestedQueryCost"]) - float(status["currentlyAvailable"])
            seconds = lacking / float(status["restoreRate"])
        except (KeyError, TypeError, ValueError, ZeroDivisionError):
            continue
        if seconds > 0:
            return seconds
    return None
