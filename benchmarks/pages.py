"""Response times and numbers of queries of the fullest pages, and of the API's longest lists.

The segments, price rules and user are made in a transaction that is rolled back at the end. The
totals that a worker counts each quarter of an hour are counted before.
"""

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from benchmarks.chaos import condition
from benchmarks.made import make
from benchmarks.measure import Goal, Kind, Options, Row, in_turn
from core.clock import now
from customers.models import Customer
from price_rules.models import Action, CartPriceRule
from segments.engine.totals import keep_totals
from segments.models import Membership

SEGMENTS, OF_CUSTOMER, RULES = 1_000, 200, 1_000
# Beyond these the conditions have numbers that no condition may have.
DIFFERENT = 500
OF_PAGES = (Goal(Kind.MILLISECONDS, 200),)


def rows(options: Options) -> list[Row]:
    keep_totals()
    with transaction.atomic():
        customer = Customer.objects.filter(is_active=True).order_by("-rollup__orders")[0]
        segments = [make(index, condition(index % DIFFERENT)) for index in range(SEGMENTS)]
        Membership.objects.bulk_create(
            Membership(segment=segment, customer=customer, entered_at=now())
            for segment in segments[:OF_CUSTOMER]
        )
        CartPriceRule.objects.bulk_create(
            CartPriceRule(
                code=f"bench-{index:04}",
                name=f"Bench {index}",
                action=Action.PERCENT,
                value=10,
                segments={"operator": "is_one_of", "segments": [segments[index % SEGMENTS].code]},
                version=1,
            )
            for index in range(RULES)
        )
        client = Client(headers={"host": "localhost"})
        client.force_login(User.objects.create_superuser("bench-pages"))
        pages = {
            f"the list of {SEGMENTS:,} segments": reverse("admin:segments_segment_changelist"),
            f"a customer in {OF_CUSTOMER} segments": reverse(
                "admin:customers_customer_change", args=[customer.pk]
            ),
            "the overview": reverse("admin:index"),
        }
        lists = {
            f"{SEGMENTS:,} segments from the API": f"{reverse('api:segments')}?limit={SEGMENTS}",
            f"{RULES:,} price rules from the API": f"{reverse('api:price-rules')}?limit={RULES}",
        }
        found = [page(client, what, url, options.rounds, OF_PAGES) for what, url in pages.items()]
        found += [page(client, what, url, options.rounds) for what, url in lists.items()]
        transaction.set_rollback(True)
    return found


def page(client: Client, what: str, url: str, rounds: int, goals: tuple[Goal, ...] = ()) -> Row:
    def load_page() -> None:
        answer = client.get(url, secure=True)
        assert answer.status_code == 200, (url, answer.status_code)

    (times,) = in_turn(load_page, rounds=rounds)
    with CaptureQueriesContext(connection) as asked:
        load_page()
    return Row("pages", what, times, goals=goals, amount=len(asked), unit="queries")
