"""Celery tasks of price rules; each calls one function, and may safely be lost or run twice."""

from celery import shared_task

from price_rules.coupons.batches import make_coupons, unfinished_batches


@shared_task(name="price_rules.make_coupons")
def make_missing_coupons() -> None:
    """Generate the missing coupons of all incomplete batches."""
    for batch in unfinished_batches():
        make_coupons(batch)
