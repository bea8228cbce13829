"""On SQLite there are no shop snapshots, and erasures know of none."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from customers.models import Orders, Snapshot
from customers.privacy.erasing import go_on, request_erasure
from customers.tests.rows import a_customer

pytestmark = [
    pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite"),
    pytest.mark.django_db,
]


def test_an_export_says_what_it_needs(tmp_path):
    with pytest.raises(CommandError, match="A shop snapshot needs PostgreSQL"):
        call_command("export_snapshot", str(tmp_path))
    assert list(tmp_path.iterdir()) == []
    assert not Snapshot.objects.exists()
    erasure = request_erasure(a_customer("C1"), Orders.ANONYMIZE, author=None)
    go_on(erasure.pk)
    erasure.refresh_from_db()
    assert erasure.state == "completed"
