"""Coupons as lines of CSV (RFC 4180)."""

from collections.abc import Iterator

from django.db.models import QuerySet

from core.text.formulas import guard_formula
from price_rules.models import Coupon
from segments.export.formats.csv_lines import csv_line

HEAD = ("code", "rule", "customer", "uses", "expires_at")
ROWS_PER_READ = 2_000


def coupon_lines(coupons: QuerySet[Coupon]) -> Iterator[bytes]:
    """Yield the header, then a line per coupon; texts are guarded against formula injection."""
    yield csv_line(HEAD)
    for coupon in coupons.order_by("pk").iterator(chunk_size=ROWS_PER_READ):
        yield csv_line(
            (
                guard_formula(coupon.code),
                coupon.rule.code,
                guard_formula(coupon.customer.external_id) if coupon.customer else "",
                str(coupon.uses),
                coupon.expires_at.isoformat() if coupon.expires_at else "",
            )
        )
