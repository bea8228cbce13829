"""Coupons are made: unguessable, unique, all or none, and on from where a kill left them."""

from datetime import UTC, datetime

import pytest
from django.db import transaction

from core.problems import Invalid
from price_rules.coupons import batches
from price_rules.coupons.batches import Wanted, begin_batch, make_coupons, unfinished_batches
from price_rules.coupons.coupon_validity import issued_coupon
from price_rules.models import Coupon, CouponBatch
from price_rules.tasks import make_missing_coupons

pytestmark = pytest.mark.django_db


@pytest.fixture
def rule(make_rule):
    return make_rule("r1", coupon="generated")


PAST = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wanted", "path", "code"),
    [
        (Wanted(1, length=7), "length", "out_of_range"),
        (Wanted(1, length=25), "length", "out_of_range"),
        (Wanted(1, length=8, alphabet="ABCDEFGHJKLMNPQRSTUVWXYZ2345678"), "length", "too_short"),
        (Wanted(1, alphabet="AaBb"), "alphabet", "invalid"),
        (Wanted(1, alphabet="ABÄ"), "alphabet", "invalid"),
        (Wanted(1, prefix="=1+"), "prefix", "invalid"),
        (Wanted(0), "count", "out_of_range"),
        (Wanted(100_001), "count", "out_of_range"),
        (Wanted(1, expires_at=PAST), "expires_at", "out_of_range"),
    ],
)
def test_what_cannot_be_made_is_refused(rule, wanted, path, code):
    with pytest.raises(Invalid) as refused:
        begin_batch(rule, wanted, author=None)
    assert [(one.path, one.code) for one in refused.value.problems] == [(path, code)]
    assert not CouponBatch.objects.exists()


def test_two_to_the_fortieth_are_enough(rule):
    assert begin_batch(rule, Wanted(1, length=8), author=None)


def test_codes_are_of_the_form_that_was_asked_for(rule):
    make_coupons(begin_batch(rule, Wanted(50, prefix="AB-", length=12), author=None))
    codes = list(Coupon.objects.values_list("code", flat=True))

    assert len(set(codes)) == 50
    assert {(code[:3], len(code)) for code in codes} == {("AB-", 15)}
    assert set("".join(code[3:] for code in codes)) <= set(batches.ALPHABET)


def test_a_rule_without_generated_coupons_has_none(make_rule):
    for number, kind in enumerate(("none", "specific")):
        code = "X" if kind == "specific" else ""
        rule = make_rule(f"r{number}", coupon=kind, coupon_code=code)
        with pytest.raises(Invalid) as refused:
            begin_batch(rule, Wanted(1), author=None)
        assert refused.value.problems[0].code == "rule_without_coupons"


def test_none_is_a_coupon_before_all_are_there_and_a_kill_loses_and_doubles_nothing(
    rule, monkeypatch
):
    monkeypatch.setattr(batches, "CHUNK", 10)
    batch = begin_batch(rule, Wanted(35), author=None)
    for _time in range(2):
        batches._make_some(batch.pk)
    killed = Coupon.objects.first()
    assert (batch.coupons.count(), issued_coupon(killed.code)) == (20, None)
    assert not Coupon.objects.issued().exists()

    assert unfinished_batches() == [batch]
    make_missing_coupons()
    make_missing_coupons()
    assert Coupon.objects.issued().count() == 35
    assert issued_coupon(killed.code) == killed
    assert unfinished_batches() == []


def test_a_code_that_there_is_already_is_made_again(rule, monkeypatch):
    codes = iter(["A", "B", "a", "C"])
    monkeypatch.setattr(batches, "random_code", lambda *form: next(codes))
    make_coupons(begin_batch(rule, Wanted(3), author=None))

    assert set(Coupon.objects.values_list("code", flat=True)) == {"A", "B", "C"}


def test_a_batch_that_is_gone_is_left_alone(rule):
    batch = begin_batch(rule, Wanted(3), author=None)
    rule.delete()

    make_coupons(batch)
    assert not Coupon.objects.exists()


def test_what_is_undone_was_never_there(rule):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        make_coupons(begin_batch(rule, Wanted(3), author=None))
        raise ZeroDivisionError
    assert not Coupon.objects.exists()
