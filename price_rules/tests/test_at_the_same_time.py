"""Fifty calls at once for a coupon that is good once: one of them gets it, on both databases."""

import json
import os
import sqlite3
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection

from price_rules.coupons.batches import Wanted, begin_batch, make_coupons
from price_rules.models import Coupon, Reservation
from segments.tests.engine.harness import WAIT, worker_environment

pytestmark = pytest.mark.django_db(transaction=True)
REDEEM = """
import json, sys, django
django.setup()
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep
from django.db import OperationalError, connection
from price_rules.till.redemption import NotRedeemed, redeem
from price_rules.coupons.coupon_validity import issued_coupon
codes = sys.argv[1:]
# PostgreSQL gives all tests that run at the moment 100 connections together.
THREADS = 20
begin = Barrier(THREADS, timeout=60)
def connect():
    while True:
        try:
            connection.ensure_connection()
            break
        except OperationalError:
            if begin.broken:
                raise
            sleep(0.1)
    begin.wait()
def one(number):
    coupon = issued_coupon(codes[number % len(codes)])
    try:
        redeem(coupon, f"O{number}", None, author=None)
        return "redeemed"
    except NotRedeemed as error:
        return error.refusal.value
with ThreadPoolExecutor(THREADS, initializer=connect) as pool:
    print(json.dumps(list(pool.map(one, range(50)))))
"""


def fifty_times(codes, folder):
    environment = {"DJANGO_SETTINGS_MODULE": "segmentation_site.settings", "DATA_DIR": str(folder)}
    if connection.vendor == "sqlite":
        # The tests' own lies in memory, where no other process finds it.
        connection.ensure_connection()
        with sqlite3.connect(folder / "shop.sqlite3") as copy:
            connection.connection.backup(copy)
            # As `migrate` leaves every shop's file: of two connections that make it so at the same
            # moment SQLite refuses one, and does not let it wait.
            copy.execute("PRAGMA journal_mode=WAL")
        copy.close()
        environment |= os.environ | {"DATABASE_URL": f"sqlite:///{folder / 'shop.sqlite3'}"}
        environment |= {"DATA_DIR": str(folder)}
    else:
        environment = worker_environment(**environment)
    run = subprocess.run(
        [sys.executable, "-c", REDEEM, *codes],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=WAIT,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_a_code_that_is_good_once(make_rule, tmp_path):
    batch = begin_batch(make_rule("r1", coupon="generated"), Wanted(1), author=None)
    make_coupons(batch)
    found = fifty_times([Coupon.objects.get().code], tmp_path)

    assert sorted(set(found)) == ["redeemed", "used_up"]
    assert found.count("redeemed") == 1
    assert connection.vendor == "sqlite" or Reservation.objects.count() == 1


def test_a_rule_that_may_be_used_seven_times_over_all_its_codes(make_rule, tmp_path):
    rule = make_rule("r1", coupon="generated", uses_total=7)
    make_coupons(begin_batch(rule, Wanted(10), author=None))
    codes = list(Coupon.objects.values_list("code", flat=True))
    found = fifty_times(codes, tmp_path)

    assert found.count("redeemed") == 7
