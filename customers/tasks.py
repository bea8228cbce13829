"""What a worker does for the shop's data when it is woken; each task may be lost or doubled."""

from celery import shared_task

from customers.privacy import erasing, retention


@shared_task(name="customers.purge")
def purge() -> None:
    """Delete what the rules of retention no longer keep."""
    for _rule, _count in retention.purge():
        pass


@shared_task(name="customers.erase")
def erase(number: int) -> None:
    """Go on with an erasure that was just asked for."""
    erasing.go_on(number)


@shared_task(name="customers.erase_due")
def erase_due() -> None:
    """Go on with erasures whose time has come, those of a worker that was killed among them."""
    erasing.erase_due()
