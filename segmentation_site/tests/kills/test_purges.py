"""A purge that is killed: what it had marked is refused, what it had not is whole, others go on."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from segmentation_site.tests.kills.conftest import Start
from segmentation_site.tests.kills.shop import everybody
from segments.database.partitions import partitions
from segments.engine.maintenance import keep_partitions
from segments.models import MembershipChange
from segments.models.work.watermark import purged_number
from segments.tests.engine.harness import eventually
from segments.tests.engine.partitions.log import told, write

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL"),
    pytest.mark.django_db(transaction=True),
]

AT = datetime(2026, 4, 1, tzinfo=UTC)
# Purges, and stands still once the first partition is gone.
PURGE = f"""
import time
from datetime import datetime
from segments.engine.members import change_log

def drop_one(one, drop=change_log.drop):
    change_log.drop = lambda one: time.sleep(600)
    return drop(one)

change_log.drop = drop_one
change_log.purge_changes(before=datetime.fromisoformat("{(AT + timedelta(days=1)).isoformat()}"))
"""


def test_a_purge_that_is_killed_between_two_partitions_is_finished_by_others(
    start: Start, small: Callable[..., None]
) -> None:
    small(20, 40, 60, 80)
    numbers = write(everybody(), [AT] * 44 + [AT + timedelta(days=2)] * 15)
    process = start("django", "shell", "-c", PURGE)
    assert eventually(lambda: len(partitions()) == 3)
    process.kill()

    assert purged_number() == numbers[43]
    assert told(numbers[42]) is None
    assert told(numbers[43]) == told(None) == numbers[44:]
    stored = MembershipChange.objects.order_by("sequence").values_list("sequence", flat=True)
    assert list(stored) == numbers[19:]

    assert eventually(lambda: keep_partitions() or list(stored.all()) == numbers[44:])
    assert len(partitions()) == 2
