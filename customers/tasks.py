"""What a worker does for the shop's data when it is woken; each task may be lost or doubled."""

from celery import shared_task

from customers.privacy import retention


@shared_task(name="customers.purge")
def purge() -> None:
    """Delete what the rules of retention no longer keep."""
    for _rule, _count in retention.purge():
        pass
