"""Coupons as lines of CSV (RFC 4180)."""

import csv
from collections.abc import Iterator

from django.db.models import QuerySet

from core.text.formulas import guard_formula
from price_rules.models import Coupon

HEAD = ("code", "rule", "customer", "uses", "expires_at")
ROWS_PER_READ = 2_000


class _Echo:
    """A file object for `csv.writer` whose `write` returns the encoded line."""

    def write(self, line: str) -> bytes:
        return line.encode()


def coupon_lines(coupons: QuerySet[Coupon]) -> Iterator[bytes]:
    """Yield the header, then a line per coupon; texts are guarded against formula injection."""
    writer = csv.writer(_Echo())
    yield writer.writerow(HEAD)
    for coupon in coupons.order_by("pk").iterator(chunk_size=ROWS_PER_READ):
        yield writer.writerow(
            (
                guard_formula(coupon.code),
                coupon.rule.code,
                guard_formula(coupon.customer.external_id) if coupon.customer else "",
                coupon.uses,
                coupon.expires_at.isoformat() if coupon.expires_at else "",
            )
        )
