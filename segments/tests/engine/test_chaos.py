"""A short form of `benchmarks.chaos`: traffic while real workers are killed at random."""

import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from redis import Redis

from segments.tests.engine.harness import REDIS, worker_environment

pytestmark = [
    pytest.mark.skipif(
        not REDIS or connection.vendor != "postgresql", reason="needs Redis and PostgreSQL"
    ),
    pytest.mark.django_db(transaction=True),
]
SHORT = ["--minutes", "0.3", "--segments", "10", "--workers", "2", "--sample", "20"]


def test_every_membership_is_right_after_traffic_and_kills(tmp_path):
    Redis.from_url(REDIS).flushdb()
    call_command("generate_shop", customers=400, seed=1, verbosity=0)
    found = subprocess.run(
        [sys.executable, "-m", "benchmarks.chaos", *SHORT],
        cwd=settings.BASE_DIR,
        env=worker_environment(LEASE_SECONDS="3", DATA_DIR=str(tmp_path)),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    Redis.from_url(REDIS).flushdb()
    assert found.returncode == 0, found.stdout[-2000:] + found.stderr[-2000:]
    assert "Every membership is what a fresh evaluation finds" in found.stdout
