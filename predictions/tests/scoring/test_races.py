"""Scoring while another transaction deletes a customer of the batch."""

import pytest
from django.db import connection

from predictions.models import CustomerPrediction
from predictions.scoring import runs as scoring
from predictions.scoring.runs import score

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_batch_whose_customer_is_deleted_meanwhile_is_done_again(
    make_customer, monkeypatch, caplog
):
    people = [make_customer(number) for number in "ABC"]
    read, deleted = scoring.stretch_of, []

    def deleting(customers, as_of):
        batch = read(customers, as_of)
        if not deleted:
            deleted.append(batch.numbers[0])
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM customers_customer WHERE id = %s", [people[0].pk])
        return batch

    monkeypatch.setattr(scoring, "stretch_of", deleting)
    run = score()
    assert deleted == ["A"]
    # Here the deletion was undone with the batch.
    assert run.counts["journey"]["scored"] == CustomerPrediction.objects.count() == 3
    assert "done again" in caplog.text
