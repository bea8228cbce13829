"""docs/personalization.md names every type, and its examples do what they say."""

import os
import re
import shutil
import subprocess

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache

from core.access.tokens import create_token
from core.clock import now
from customers.models import Consent, Order, ProductView
from customers.tests.rows import a_customer
from personalization.models import Assignment, BehaviorEvent
from personalization.models.behavior.types import TYPES
from personalization.visitors.token import customer_named

# What the pages promise is the same on each database.
pytestmark = [pytest.mark.once, pytest.mark.exhaustive]
EXPERIMENTS = (settings.BASE_DIR / "docs" / "experiments.md").read_text(encoding="utf-8")
PAGE = (settings.BASE_DIR / "docs" / "personalization.md").read_text(encoding="utf-8")


BEHAVIOR, _heading, OFFERS = PAGE.partition("## Offers")


def printed(language, page=BEHAVIOR):
    (block,) = re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)
    return block


def test_every_type_stands_there_with_its_data_and_weight():
    table = PAGE.split("### Types\n\n")[1].split("\n\n")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]
    ]
    assert rows == [
        [f"`{one.name}`", ", ".join(f"`{key}`" for key in one.required), str(one.weight)]
        for one in TYPES.values()
    ]


def test_the_token_of_the_page_is_one():
    known = {}
    exec(printed("python"), known)
    end = int(now().timestamp()) + 60
    assert customer_named(known["token"]("C/1 é", end, "s"), "s", now()) == "C/1 é"
    assert customer_named(known["token"]("C/1 é", end, "s"), "other", now()) is None


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is missing")
@pytest.mark.django_db(transaction=True)
def test_the_calls_by_curl(live_server):
    cache.clear()
    key = create_token(User.objects.create_superuser("boss"), author=None).key
    known = {"TRANCHE_URL": live_server.url, "TRANCHE_TOKEN": key}
    done = subprocess.run(
        ["bash", "-euc", printed("bash")],
        env=os.environ | known,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"accepted":2,"duplicates":1' in done.stdout
    assert '"path":"[3].data.query","code":"missing"' in done.stdout
    assert '"gpc":1' in done.stdout
    assert '"reason":"too_few"' in done.stdout
    assert '"causal":false' in done.stdout
    assert BehaviorEvent.objects.get().channel == "app"
    assert ProductView.objects.get().product.sku == "SHOE-RED"
    assert set(Consent.objects.values_list("purpose", "source")) == {
        ("tracking", "api"),
        ("personalization", "gpc"),
    }


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is missing")
@pytest.mark.django_db(transaction=True)
def test_offers_by_curl_and_in_python(live_server, settings, capsys):
    settings.HOLDOUT_BASIS_POINTS = 0
    cache.clear()
    customer = a_customer("C-1001")
    at = now()
    Order.objects.create(
        number="O-5001", customer=customer, store=customer.store, state="new", created_at=at,
        updated_at=at, grand_total=125,
    )  # fmt: skip
    key = create_token(User.objects.create_superuser("boss"), author=None).key
    known = {"TRANCHE_URL": live_server.url, "TRANCHE_TOKEN": key}
    done = subprocess.run(
        ["bash", "-euc", printed("bash", OFFERS)],
        env=os.environ | known,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"sentence":"10 % off."' in done.stdout
    assert '"amount":"12.5"' in done.stdout
    exec(printed("python", OFFERS), {})
    assert capsys.readouterr().out.startswith("thanks 10 % off. This offer is for everybody")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is missing")
@pytest.mark.django_db(transaction=True)
def test_experiments_by_curl(live_server, settings):
    settings.HOLDOUT_BASIS_POINTS = 0
    settings.TRACKING_CONSENT = "opt_out"
    cache.clear()
    a_customer("C-1001")
    key = create_token(User.objects.create_superuser("boss"), author=None).key
    known = {"TRANCHE_URL": live_server.url, "TRANCHE_TOKEN": key}
    done = subprocess.run(
        ["bash", "-euc", printed("bash", EXPERIMENTS)],
        env=os.environ | known,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"sample_size":8158' in done.stdout
    assert '"experiment":"summer"' in done.stdout
    # One customer, in one of two arms.
    assert '"verdict":"srm"' in done.stdout
    assert Assignment.objects.get().experiment.state == "stopped"
