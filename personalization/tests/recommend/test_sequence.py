"""The network `sequence` on planted orders: everybody walks the same cycle of products."""

from datetime import timedelta

import numpy as np
import pytest

from customers.models import Consent, Customer, Order, OrderItem, Product
from customers.purchases import lines_before
from customers.tests.rows import a_customer
from personalization.models import (
    ListInUse,
    RecommendationVersion,
    SequenceFit,
    StoredCandidates,
)
from personalization.recommend import personal
from personalization.recommend.algorithms import SEQUENCE
from personalization.recommend.history.purchases import history
from personalization.recommend.nightly import fit_recommendations
from personalization.tests.recommend.rows import AT
from predictions.deep.availability import is_installed
from predictions.refusals import Refused

SKUS, CUSTOMERS = 60, 200
MONTH = timedelta(days=30)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not is_installed(), reason="torch and safetensors are not installed"),
]


def sku(place):
    return f"S{place % SKUS:02}"


def plant():
    """Store customers with 7 to 10 orders, a month apart, of two SKUs each; the last is new."""
    dice = np.random.default_rng(20_261_129)
    # The cycle is not the order of the SKUs.
    cycle = [sku(place) for place in dice.permutation(SKUS).tolist()]
    products = {
        one.sku: one
        for one in Product.objects.bulk_create(
            Product(sku=one, name=one, price=10) for one in sorted(cycle)
        )
    }
    orders, lines = [], []
    for number in range(CUSTOMERS):
        buyer = a_customer(f"walker {number}")
        place, count = int(dice.integers(SKUS // 2)) * 2, int(dice.integers(7, 11))
        for step in range(count):
            at = AT - timedelta(days=10) - (count - 1 - step) * MONTH
            order = Order(
                number=f"{number} {step}",
                customer=buyer,
                store=buyer.store,
                state="complete",
                created_at=at,
                updated_at=at,
                grand_total=20,
            )
            orders.append(order)
            for line in (0, 1):
                one = cycle[(place + 2 * step + line) % SKUS]
                lines.append(
                    OrderItem(
                        order=order,
                        line=str(line),
                        product=products[one],
                        sku=one,
                        quantity=1,
                        product_type="simple",
                    )
                )
    Order.objects.bulk_create(orders)
    OrderItem.objects.bulk_create(lines)
    return cycle


@pytest.fixture(scope="module")
def cycle(rows_for_all):
    cycle = plant()
    from personalization.recommend.sequence.fitting import fit_sequence

    fit_recommendations(AT)
    fit_sequence()
    return cycle


def test_a_network_that_beats_all_else_serves(cycle):
    for row in ListInUse.objects.select_related("version"):
        figures = row.version.figures
        assert (row.version.algorithm, row.version.gate) == (SEQUENCE, "passed")
        assert figures["ndcg"] > 0.95
        assert figures["compared_with"]["interval"][0] > 0
        assert figures["deep"]["device"] in ("cpu", "cuda")
        assert figures["deep"]["warnings"] == []
    assert SequenceFit.objects.get().finished_at is not None


def test_the_next_products_of_the_cycle_are_recommended(cycle):
    after = {one: cycle[(place + 1) % SKUS] for place, one in enumerate(cycle)}
    hits = 0
    for buyer in Customer.objects.filter(external_id__startswith="walker").order_by("pk")[:20]:
        lines = OrderItem.objects.filter(order__customer=buyer)
        first = after[lines.order_by("-order__created_at", "-line").first().sku]
        found = personal(buyer, algorithm=None, new=True, n=2)
        hits += {one.sku for one in found} == {first, after[first]}
        own = {one.sku for one in personal(buyer, algorithm=None, n=100)}
        assert own == set(lines.values_list("sku", flat=True))
    assert hits == 20


def test_candidates_are_written_for_active_customers_who_consent(cycle):
    from personalization.recommend.sequence.fitting import fit_sequence

    one, other = Customer.objects.filter(external_id__in=["walker 0", "walker 1"])
    Order.objects.filter(customer=one).update(created_at=AT - timedelta(days=181))
    Consent.objects.create(
        customer=other, purpose="personalization", state="refused", source="t", at=AT
    )
    fit_sequence()
    rows = StoredCandidates.objects.order_by("pk")
    assert set(rows.values_list("fit", flat=True)) == {SequenceFit.objects.get().pk}
    assert not rows.filter(customer__in=[one, other]).exists()
    assert rows.count() == 2 * (CUSTOMERS - 2)


def test_refusal_while_candidates_are_written_leaves_none(cycle, monkeypatch):
    from personalization.recommend.sequence import candidates, fitting

    one, score = Customer.objects.get(external_id="walker 2"), candidates.scores_of

    def refuse(*args):
        Consent.objects.create(
            customer=one, purpose="personalization", state="refused", source="t", at=AT
        )
        return score(*args)

    monkeypatch.setattr(candidates, "scores_of", refuse)
    fitting.fit_sequence()
    rows = StoredCandidates.objects.all()
    assert rows.exists() and not rows.filter(customer=one).exists()
    # The second network of one night is not compared with the first.
    for row in ListInUse.objects.select_related("version"):
        assert (row.version.algorithm, row.version.gate) == (SEQUENCE, "passed")
        assert row.version.figures["compared_with"]["algorithm"] != SEQUENCE


def trained():
    from personalization.recommend.sequence.training import sequences_of, train
    from predictions.deep.fitting import Deadline

    lines = lines_before(AT)
    return train(sequences_of(history(lines, AT), lines), Deadline(), lambda done, most: None)


def test_two_fits_have_equal_bytes(cycle, monkeypatch):
    from personalization.recommend.sequence import training
    from predictions.deep.fitting import Schedule
    from predictions.deep.network_files import dump_networks

    monkeypatch.setattr(training, "SCHEDULE", Schedule(epochs=2, rows=64, rate=5e-3))
    assert dump_networks(trained().networks) == dump_networks(trained().networks)


def test_a_cancelled_fit_leaves_what_answered_before(cycle, monkeypatch):
    from personalization.recommend.sequence import candidates, fitting
    from personalization.recommend.sources.stored_candidates import cancel_fits

    before = list(StoredCandidates.objects.order_by("pk").values_list("pk", flat=True))
    monkeypatch.setattr(candidates, "TOGETHER", 50)
    write = candidates.scores_of

    def cancel(*args):
        cancel_fits()
        return write(*args)

    monkeypatch.setattr(candidates, "scores_of", cancel)
    with pytest.raises(Refused) as refused:
        fitting.fit_sequence()
    assert refused.value.code == "cancelled"
    assert list(StoredCandidates.objects.order_by("pk").values_list("pk", flat=True)) == before
    assert SequenceFit.objects.get().stale_at is not None


def test_a_network_over_other_products_is_refused(cycle):
    from personalization.recommend.sequence.training import check_digest, sequences_of
    from predictions.deep.network_files import load_networks

    fit = SequenceFit.objects.get()
    networks = load_networks(bytes(fit.content), fit.sha256, SEQUENCE)
    known = history(lines_before(AT), AT)
    check_digest(networks, sequences_of(known, lines_before(AT)))
    OrderItem.objects.filter(sku=sku(0)).update(sku="another")
    known = history(lines_before(AT), AT)
    with pytest.raises(Refused) as refused:
        check_digest(networks, sequences_of(known, lines_before(AT)))
    assert refused.value.code == "artifact_invalid"


def test_versions_stay_when_another_fit_judges(cycle):
    from personalization.recommend.sequence.fitting import fit_sequence

    fit_recommendations(AT)
    assert {row.version.algorithm for row in ListInUse.objects.all()} == {SEQUENCE}
    fit_sequence()
    newest = RecommendationVersion.objects.filter(algorithm=SEQUENCE).order_by("-number")[:2]
    assert {row.version for row in ListInUse.objects.all()} == set(newest)
