"""What a worker does when it is woken; each task calls one function and may be lost or doubled."""

from celery import shared_task

from price_rules.coupons.generation import make_coupons, unfinished_batches


@shared_task(name="price_rules.make_coupons")
def make_missing_coupons() -> None:
    """Make the coupons of all batches that are not complete."""
    for batch in unfinished_batches():
        make_coupons(batch)
