"""Fills a database for bin/fuzz, and prints what is in it as JSON: a key, and what to ask for."""

import json

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402

from core.access.tokens import create_token  # noqa: E402
from customers.models import Customer  # noqa: E402
from segments.export.background.requests import execute_export  # noqa: E402
from segments.models import Export, Segment  # noqa: E402
from segments.refresh import refresh_segment  # noqa: E402

EVERYBODY = {"match": "all", "conditions": []}


def main() -> None:
    call_command("migrate", verbosity=0)
    call_command("generate_shop", customers=60, seed=1, verbosity=0)
    key = create_token(User.objects.create_superuser("boss"), author=None, name="fuzz").key

    def make(address: str, **body: object) -> dict[str, str]:
        answer = Client().post(
            f"/api/v1/{address}",
            json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Token {key}", "Host": "127.0.0.1"},
        )
        assert answer.status_code in {200, 201, 202}, answer.content
        return dict(answer.json())

    for code in ("all", "some"):
        make("segments/", name=code, code=code, conditions=EVERYBODY)
        refresh_segment(Segment.objects.get(code=code))
    make("segments/", name="By hand", code="hand", refresh_mode="list")
    export = int(make("segments/all/exports/", format="xml")["id"])
    execute_export(export)
    make("webhooks/", name="Shop", url="https://shop.example.com/", segments=None)
    rule = {"name": "Ten", "action": "percent", "value": "10", "coupon": "generated"}
    make("cart-price-rules/", code="ten", **rule)
    make("cart-price-rules/ten/coupons/", count=3)
    print(
        json.dumps(
            {
                "key": key,
                "customer": Customer.objects.order_by("pk")[0].external_id,
                "token": Export.objects.get(pk=export).token,
            }
        )
    )


main()
