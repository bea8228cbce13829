"""Generate a batch of many coupons; after a kill, generation continues where it stopped."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit import record
from core.clock import now
from core.problems import Invalid, Problem
from customers.models import AuditAction
from price_rules.audit import COUPON
from price_rules.coupons.codes import ALPHABET, check_codes, random_code
from price_rules.models import CartPriceRule, Coupon, CouponBatch, CouponKind

MOST = 100_000
# Larger batches are generated in the background.
AT_ONCE = 1_000
CHUNK = 2_000


@dataclass(frozen=True)
class Wanted:
    """A request for codes: their number, form, uses per code (0: no limit) and expiry."""

    count: int
    prefix: str = ""
    length: int = 10
    alphabet: str = ALPHABET
    uses: int = 1
    expires_at: datetime | None = None


def begin_batch(rule: CartPriceRule, wanted: Wanted, *, author: Any) -> CouponBatch:
    """Create a batch of `rule` without its coupons, which `make_coupons` generates.

    Raises `Invalid` for a bad form or number of codes, an expiry in the past, and a rule without
    generated coupons.
    """
    check_codes(wanted.prefix, wanted.length, wanted.alphabet)
    if not 1 <= wanted.count <= MOST:
        text = _("From 1 to %(most)s.") % {"most": f"{MOST:,}"}
        raise Invalid([Problem("count", "out_of_range", text)])
    if wanted.expires_at is not None and wanted.expires_at <= now():
        text = _("This time is past: nobody could use the coupons. Choose a later one.")
        raise Invalid([Problem("expires_at", "out_of_range", text)])
    _check_rule(rule)
    with transaction.atomic():
        batch = CouponBatch.objects.create(
            rule=rule, author=author, created_at=now(), **vars(wanted)
        )
        said = {"rule": rule.code, "count": wanted.count, "prefix": wanted.prefix}
        record(author, AuditAction.CREATED, COUPON, f"{rule.code} {batch.pk}"[-64:], after=said)
    return batch


def make_coupons(batch: CouponBatch) -> None:
    """Generate the missing coupons of a batch in chunks, each in a transaction of its own.

    Concurrent calls for a batch take turns by its row lock; a complete batch stays as it is.
    """
    while not _make_some(batch.pk):
        pass


def unfinished_batches() -> list[CouponBatch]:
    """Return the incomplete batches, the oldest first."""
    return list(CouponBatch.objects.filter(completed_at=None).order_by("pk"))


def _check_rule(rule: CartPriceRule) -> None:
    if rule.coupon != CouponKind.GENERATED:
        text = _("This rule has no generated coupons.")
        raise Invalid([Problem("", "rule_without_coupons", text)])


def _make_some(batch_id: int) -> bool:
    """Generate a chunk; return whether the batch is complete now, or was deleted."""
    with transaction.atomic():
        batch = CouponBatch.objects.select_for_update(no_key=True).filter(pk=batch_id).first()
        if batch is None or batch.completed_at is not None:
            return True
        missing = batch.count - batch.coupons.count()
        Coupon.objects.bulk_create(
            [
                Coupon(
                    rule_id=batch.rule_id,
                    batch=batch,
                    code=random_code(batch.prefix, batch.length, batch.alphabet),
                    uses=batch.uses,
                    expires_at=batch.expires_at,
                    created_at=batch.created_at,
                )
                for _number in range(min(missing, CHUNK))
            ],
            # A code that exists already is skipped; the next chunk replaces it.
            ignore_conflicts=True,
            batch_size=500,
        )
        if batch.coupons.count() < batch.count:
            return False
        batch.completed_at = now()
        batch.save(update_fields=["completed_at"])
        return True
