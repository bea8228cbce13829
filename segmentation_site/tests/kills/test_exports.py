"""A worker that is killed while it writes an export: the file is whole, or there is none."""

import hashlib
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from core.clock import now
from segmentation_site.tests.kills.conftest import Send, Start, others_at_the_database
from segmentation_site.tests.kills.shop import customers, everybody
from segments.export.background.requests import ATTEMPTS, request_export
from segments.export.contents import Contents
from segments.models import Export
from segments.tests.engine.harness import eventually

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL"),
    pytest.mark.django_db(transaction=True),
]

# More than one chunk.
MEMBERS = 3_000
STOPPING = "segmentation_site.tests.kills.stopping"
Kill = Callable[[], None]


@pytest.fixture
def export(folder: Path) -> Export:
    customers(MEMBERS)
    return request_export(everybody(), Contents("xml"), User.objects.create_superuser("boss"))


@pytest.fixture
def kill_midway(worker: Start, send: Send, folder: Path, export: Export) -> Kill:
    """Return a function that has a worker write the export, and kills it when half is there."""

    def kill() -> None:
        is_due(export)
        # It holds what it has taken until the next is to come, however busy the machine is.
        dying = worker(STOPPING, EXPORT_DIR=str(folder), LEASE_SECONDS="600")
        send("segments.write_export", export.pk)
        eventually(dying.has_stopped)
        assert {name.partition(".")[2] for name in written(folder)} == {"xml.partial"}
        assert all(written(folder).values())
        assert state(export) == ("running", None, 410)
        dying.kill()
        eventually(lambda: others_at_the_database() == 0)

    return kill


def is_due(export: Export) -> None:
    """Let the lease of the dead be over, and it long ago that somebody was woken."""
    past = now() - timedelta(hours=1)
    Export.objects.filter(pk=export.pk, lease_expires_at__gt=past).update(lease_expires_at=past)
    Export.objects.filter(pk=export.pk).update(woken_at=None)


def written(folder: Path) -> dict[str, int]:
    """Return the sizes of the files by their names."""
    found = list(folder.iterdir()) if folder.exists() else []
    return {path.name: path.stat().st_size for path in found}


def state(export: Export) -> tuple[str, str | None, int]:
    """Return what its owner is told: the state, the link, and what is answered at the link."""
    client = Client()
    client.force_login(export.requested_by)
    said = client.get(f"/api/v1/exports/{export.pk}/").json()
    with closing(client.get(link(export))) as answer:
        return said["state"], said["url"], answer.status_code


def link(export: Export) -> str:
    return f"/api/v1/exports/files/{export.token}/"


def test_the_next_worker_begins_anew(
    export: Export, kill_midway: Kill, worker: Start, send: Send, folder: Path
) -> None:
    for _worker in range(2):
        kill_midway()
    is_due(export)
    assert state(export) == ("queued", None, 410)

    worker(EXPORT_DIR=str(folder))
    send("segments.exports")
    eventually(lambda: state(export)[0] == "completed")

    client = Client()
    client.force_login(export.requested_by)
    with closing(client.get(link(export))) as answer:
        body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    export.refresh_from_db()
    assert (export.attempts, export.rows, export.size) == (3, MEMBERS, len(body))
    assert export.sha256 == hashlib.sha256(body).hexdigest()
    tree = ElementTree.fromstring(body)
    assert [one.get("id") for one in tree.iter("customer")] == [f"C{n}" for n in range(MEMBERS)]
    assert tree.findtext("count") == str(MEMBERS)


def test_one_that_kills_its_workers_fails_and_says_why(
    export: Export, kill_midway: Kill, worker: Start, send: Send, folder: Path
) -> None:
    Export.objects.filter(pk=export.pk).update(attempts=ATTEMPTS - 1)
    kill_midway()
    is_due(export)

    worker(EXPORT_DIR=str(folder))
    send("segments.exports")
    eventually(lambda: state(export)[0] == "failed")

    assert state(export) == ("failed", None, 410)
    export.refresh_from_db()
    assert "without a word" in export.error
