"""Calls with one confirmation at the same time, each in a transaction of its own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from core.access.tokens import create_token
from mcp_server.tests.conftest import EVERYBODY, Assistant
from mcp_server.tools import drafts
from segments.models import Segment

CALLS = 6
DRAFT = {"name": "Everybody", "conditions": EVERYBODY}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs two writers")
@pytest.mark.django_db(transaction=True)
def test_confirmations_at_once_count_customers_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a repeated call that counts beside the first one, and is refused as one too many."""
    key = create_token(User.objects.create_superuser("boss"), author=None).key
    confirm = Assistant(key).call("segments_create_draft", **DRAFT)["confirm"]
    preview, counts, start = drafts.preview, list[None](), Barrier(CALLS)

    def slow_preview(*args: Any) -> dict[str, Any]:
        counts.append(None)
        sleep(0.5)
        return preview(*args)

    monkeypatch.setattr(drafts, "preview", slow_preview)

    def confirm_draft(number: int) -> Any:
        start.wait()
        try:
            arguments = {**DRAFT, "confirm": confirm}
            params = {"name": "segments_create_draft", "arguments": arguments}
            return Assistant(key).ask("tools/call", **params)["structuredContent"]
        finally:
            connection.close()

    with ThreadPoolExecutor(CALLS) as pool:
        answers = list(pool.map(confirm_draft, range(CALLS)))
    assert len(counts) == 1
    assert {one["code"] for one in answers} <= {"everybody", "idempotency_in_progress"}
    assert Segment.objects.count() == 1
