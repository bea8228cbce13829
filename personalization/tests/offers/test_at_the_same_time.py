"""Twenty calls at once for a budget that pays for seven: seven get it, on both databases."""

import json
import os
import sqlite3
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection

from core.clock import now
from segments.tests.engine.harness import WAIT, worker_environment

pytestmark = pytest.mark.django_db(transaction=True)
REDEEM = """
import json, sys, django
django.setup()
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from django.db import connection
from personalization.models import Offer
from personalization.offers.redeeming import NotRedeemed, redeem
orders = sys.argv[1:]
begin = Barrier(len(orders))
def one(number):
    try:
        offer = Offer.objects.get()
    except BaseException:
        begin.abort()  # Or the others would wait for this one.
        raise
    begin.wait()
    try:
        redeem(offer, number, Decimal(10), author=None)
        return "redeemed"
    except NotRedeemed as error:
        return error.refusal.value
    finally:
        connection.close()
with ThreadPoolExecutor(len(orders)) as pool:
    print(json.dumps(list(pool.map(one, orders))))
"""


def at_once(numbers, folder):
    if connection.vendor == "sqlite":
        # The tests' own lies in memory, where no other process finds it.
        connection.ensure_connection()
        with sqlite3.connect(folder / "shop.sqlite3") as copy:
            connection.connection.backup(copy)
            copy.execute("PRAGMA journal_mode=WAL")
        copy.close()
        environment = os.environ | {"DATABASE_URL": f"sqlite:///{folder / 'shop.sqlite3'}"}
        environment |= {"DJANGO_SETTINGS_MODULE": "segmentation_site.settings"}
    else:
        environment = worker_environment(DJANGO_SETTINGS_MODULE="segmentation_site.settings")
    run = subprocess.run(
        [sys.executable, "-c", REDEEM, *numbers],
        cwd=settings.BASE_DIR,
        env=environment | {"DATA_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=WAIT,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_the_budget_is_never_exceeded(make_offer, make_customer, doing, tmp_path):
    make_offer(budget="79")
    numbers = [doing.order(make_customer(f"C{n}"), now()).number for n in range(20)]
    found = at_once(numbers, tmp_path)
    assert (found.count("redeemed"), found.count("budget_spent")) == (7, 13)


def test_nor_the_limit_of_a_customer(make_offer, make_customer, doing, tmp_path):
    make_offer(max_per_customer=3)
    customer = make_customer("C1")
    found = at_once([doing.order(customer, now()).number for _n in range(20)], tmp_path)
    assert (found.count("redeemed"), found.count("limit_reached")) == (3, 17)
