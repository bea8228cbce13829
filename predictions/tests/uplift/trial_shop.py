"""A shop with a campaign that left half of its customers alone: who has bought is won by a mail.

Those who have never bought are put off by the mail: its uplift is below 0 for them.
"""

import random
from datetime import UTC, datetime, timedelta

from customers.models import Customer, CustomerGroup, Order, Store
from predictions.models import Touch
from predictions.tests.touching import make_campaign

TOUCHED = datetime(2026, 3, 2, 9, tzinfo=UTC)
AS_OF = datetime(2026, 4, 20, 9, tzinfo=UTC)
# The probability of buying by whether somebody is a buyer and was contacted.
CHANCES = {(True, True): 0.4, (True, False): 0.1, (False, True): 0.05, (False, False): 0.25}


def trial_shop(people=2_200, code="win_back", *, chances=CHANCES, seed=1):
    """Store it, and return the campaign: customers `T0`, `T1`, ..., of whom even ones have bought.

    The groups are drawn by `seed`; the outcome is an order after 5 days.
    """
    draw = random.Random(seed)
    store, group = Store.objects.get(code="default"), CustomerGroup.objects.get(code="general")
    customers = Customer.objects.bulk_create(
        Customer(external_id=f"T{n}", store=store, website_id=store.website_id, group=group)
        for n in range(people)
    )
    campaign, orders, touches = make_campaign(code), [], []
    for place, customer in enumerate(customers):
        is_buyer, is_contacted = place % 2 == 0, draw.random() < 0.5
        days = [-draw.randrange(2, 200)] * is_buyer
        if draw.random() < chances[is_buyer, is_contacted]:
            days.append(5)
        orders += (_order(customer, store, TOUCHED + timedelta(days=day)) for day in days)
        touches.append(
            Touch(
                customer=customer,
                campaign=campaign,
                at=TOUCHED + timedelta(days=place % 3),
                group="contacted" if is_contacted else "held_out",
            )
        )
    Order.objects.bulk_create(orders)
    Touch.objects.bulk_create(touches)
    return campaign


def _order(customer, store, at):
    return Order(
        customer=customer,
        store=store,
        number=f"{customer.external_id} {at:%m%d%H}",
        state="complete",
        grand_total=20,
        created_at=at,
        updated_at=at,
    )
