"""What every test runs in: messages that stay in memory, a first shop after each flush."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

CHROMIUM = Path("/usr/bin/chromium")

# The browser tests' driver runs an event loop in the tests' thread, which Django takes for a view.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        # A flush after a test with real transactions takes the migrations' rows (the default
        # website, store and group) as well; this fixture puts them back before the next.
        if is_transactional(item):
            item.fixturenames.insert(0, "django_db_serialized_rollback")
        if item.get_closest_marker("browser") and not CHROMIUM.exists():
            item.add_marker(pytest.mark.skip(reason=f"{CHROMIUM} is missing"))


def is_transactional(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    names = set(getattr(item, "fixturenames", ()))
    return bool(names & {"transactional_db", "live_server"}) or bool(
        marker and marker.kwargs.get("transaction")
    )


@pytest.fixture(autouse=True, scope="session")
def messages_in_memory() -> Iterator[None]:
    """Keep what tests send to Celery away from a queue that a worker may be reading."""
    from segmentation_site.celery import app

    app.conf.broker_url = "memory://"
    yield
