"""One small shop for all tests of a module, and tokens that ask its tools."""

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client, override_settings

from core.access.tokens import codename, create_token
from core.clock import now
from customers.models import Customer
from customers.tests.rows import a_customer, a_line, an_order
from price_rules.tests.api.test_examples_of_bodies import trained_models
from segments.models import Segment
from segments.refresh import refresh_segment
from tests.factories.clients import new_user

# Mail goes nowhere.
MAIL = {"PUBLIC_URL": "https://mail.example", "EMAIL_URL": "memory://"}
EVERYBODY: dict[str, Any] = {"match": "all", "conditions": []}
SPENT = {
    "match": "all",
    "conditions": [{"attribute": "lifetime.sales", "operator": "gte", "value": "100"}],
}
CART = {
    "store": "default",
    "items": [{"line": 1, "sku": "TEA", "quantity": 2, "price": "60.00"}],
}
LETTER = {"subject": "Hello", "html": "<p>Hello</p>"}
# Name, e-mail address and gender of each customer; C1 to C4 have spent at least 100.
PEOPLE = {
    "C1": ("Annegret", "Quasthoff", "annegret@quasthoff.example"),
    "C2": ("Bertrand", "Vauclain", "bertrand@vauclain.example"),
    "C3": ("Clothilde", "Wyszynski", "clothilde@wyszynski.example"),
    "C4": ("Dagobert", "Xanthos", "dagobert@xanthos.example"),
    "C5": ("Eleonore", "Yilmazoglu", "eleonore@yilmazoglu.example"),
}
# What nobody may read without the right: what is known of these people.
PERSONAL = tuple(word for person in PEOPLE.values() for word in person)


class Assistant:
    """A scripted client: calls tools with one token, keeps all answers."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.answers: list[str] = []

    def send(self, message: Any, **headers: str) -> Any:
        """Return the HTTP response to a message."""
        response = Client().post(
            "/mcp/",
            json.dumps(message),
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.key}", **headers},
        )
        self.answers.append(response.content.decode())
        return response

    def api(self, method: str, path: str, body: Any) -> Any:
        """Return what the API answers to a call with the same token, which is no refusal."""
        response = Client().generic(
            method,
            f"/api/v1/{path}",
            json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.key}", "If-Match": "*"},
        )
        assert response.status_code < 300, response.content
        return response.json()

    def ask(self, method: str, **params: Any) -> Any:
        """Return the result of a method."""
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        response = self.send(message)
        assert response.status_code == 200, response.content
        return response.json()["result"]

    def tools(self) -> list[str]:
        """Return the names of the tools that are offered."""
        return [tool["name"] for tool in self.ask("tools/list")["tools"]]

    def call(self, tool: str, **arguments: Any) -> Any:
        """Return what a tool answers, which is no error."""
        result = self.ask("tools/call", name=tool, arguments=arguments)
        assert not result["isError"], result
        assert json.loads(result["content"][0]["text"]) == result["structuredContent"]
        return result["structuredContent"]

    def refusal(self, tool: str, **arguments: Any) -> Any:
        """Return the problem by which a tool refuses a call."""
        result = self.ask("tools/call", name=tool, arguments=arguments)
        assert result["isError"], result
        assert result["structuredContent"]["detail"] in result["content"][0]["text"]
        # The one thing that differs from call to call.
        assert result["structuredContent"].pop("request_id")
        return result["structuredContent"]


@pytest.fixture(autouse=True)
def enabled(settings: Any) -> None:
    settings.MCP_ENABLED = True


@pytest.fixture(scope="module")
def boss(rows_for_all: None, tmp_path_factory: Any) -> Iterator[Assistant]:
    """Somebody who may everything, in a shop with segments, a campaign, a price rule, models."""
    folder = tmp_path_factory.mktemp("data")
    with override_settings(DATA_DIR=folder, MCP_ENABLED=True, **MAIL):
        user = User.objects.create_superuser("boss")
        boss = Assistant(create_token(user, author=None).key)
        at = now() - timedelta(days=3)
        for index, (number, (first, last, email)) in enumerate(PEOPLE.items()):
            customer = a_customer(number, first_name=first, last_name=last, email=email)
            total = Decimal(500 - 100 * index) if number != "C5" else Decimal(20)
            order = an_order(customer, grand_total=total, created_at=at, updated_at=at)
            a_line(order, sku="TEA", price=total, row_total=total)
        for code, name, tree in (("all", "All", EVERYBODY), ("vip", "VIP customers", SPENT)):
            body = {"code": code, "name": name, "conditions": tree, "tags": ["core"]}
            boss.api("POST", "segments/", body)
            refresh_segment(Segment.objects.get(code=code))
        rule = {"name": "Ten off", "action": "percent", "value": "10"}
        boss.api("POST", "cart-price-rules/", {"code": "ten", **rule})
        _mail(boss)
        trained_models()
        yield boss


def _mail(boss: Assistant) -> None:
    for customer in Customer.objects.all():
        customer.subscriptions.create(
            store=customer.store, status="subscribed", status_changed_at=now()
        )
    sender = {"from_email": "news@shop.example", "postal_address": "1 Main Street"}
    boss.api("PUT", "mail-senders/default/", sender)
    boss.api("POST", "mail-templates/", {"code": "hello", "name": "Hello", **LETTER})
    news = {"code": "news", "name": "News", "template": "hello", "stores": ["default"]}
    boss.api("POST", "campaigns/", {**news, "segments": ["vip"]})


def some(*permissions: str) -> Assistant:
    """Return an assistant with a user of its own, who has these permissions."""
    return Assistant(create_token(new_user(*permissions), author=None).key)


def limited_to(*permissions: str) -> Assistant:
    """Return an assistant of the boss whose token is limited to these permissions."""
    user = User.objects.get(username="boss")
    codenames = [one.partition(".")[2] for one in permissions]
    rows = Permission.objects.filter(codename__in=codenames).select_related("content_type")
    granted = [one for one in rows if codename(one) in permissions]
    return Assistant(create_token(user, author=None, permissions=granted).key)
