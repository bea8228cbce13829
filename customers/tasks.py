"""Celery tasks on the shop's data; each task may be lost or run twice."""

from celery import shared_task

from customers.privacy import erasing, retention


@shared_task(name="customers.purge")
def purge() -> None:
    """Delete the rows that the retention rules no longer keep."""
    for _rule, _count in retention.purge():
        pass


@shared_task(name="customers.erase")
def erase(number: int) -> None:
    """Continue an erasure that was just requested."""
    erasing.go_on(number)


@shared_task(name="customers.erase_due")
def erase_due() -> None:
    """Continue the erasures that are due, including those of killed workers."""
    erasing.erase_due()
