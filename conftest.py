"""What every test runs in: messages that stay in memory, a first shop after each flush."""

import gc
import inspect
import math
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections, transaction
from django.db.backends.base.creation import BaseDatabaseCreation
from django.db.backends.base.operations import BaseDatabaseOperations
from django.test import override_settings
from django.utils import translation
from environ import Env
from hypothesis import HealthCheck, is_hypothesis_test
from hypothesis import settings as generating
from whitenoise.middleware import WhiteNoiseMiddleware

# A second database beside the default one, for tests that ask two of them the same question.
if os.environ.get("SECOND_DATABASE_URL"):
    settings.DATABASES["second"] = Env.db_url_config(os.environ["SECOND_DATABASE_URL"])
    connections.configure_settings(settings.DATABASES)

# How long something takes says nothing on a machine that is busy with something else.
generating.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
generating.load_profile("untimed")

CHROMIUM = Path("/usr/bin/chromium")
# By these a test makes its examples within itself.
GENERATING = {"given", "run_state_machine_as_test"}
# By these it asks a database.
ASKING = {"db", "transactional_db", "live_server", "rows_for_all", "django_db_setup"}
# What modules of tests of pages are called.
PAGES = re.compile(r"admin|dashboard|_pages?$|_forms?$|_panel$")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="only what is fast by its nature")


# Before markers choose what runs.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    slow = []
    for item in items:
        marker = item.get_closest_marker("django_db")
        wanted = dict(marker.kwargs) if marker else {}
        names = getattr(item, "fixturenames", ())
        is_real = bool(
            wanted.get("transaction") or "transactional_db" in names or "live_server" in names
        )
        if is_real:
            # The flush after a test with real transactions takes the migrations' rows (the default
            # website, store and group) as well; this puts them back before the next.
            wanted |= {"transaction": True, "serialized_rollback": True}
            item.add_marker(pytest.mark.django_db(**wanted), append=False)
        if item.get_closest_marker("browser"):
            if not CHROMIUM.exists():
                item.add_marker(pytest.mark.skip(reason=f"{CHROMIUM} is missing"))
        elif not is_real and (_is_about_pages(item.path) or not _asks_a_database(item)):
            item.add_marker("once")
        if is_real or _takes_long(item):
            slow.append(item)
    if config.getoption("--quick"):
        items[:] = [item for item in items if item not in slow]
        config.hook.pytest_deselected(items=slow)


def _is_about_pages(path: Path) -> bool:
    """Say whether a module is about pages of the admin, by where it lies and what it is called."""
    return path.parent.name == "admin" or PAGES.search(path.stem) is not None


def _asks_a_database(item: pytest.Item) -> bool:
    """Say whether a test may ask one: itself, by its fixtures, or in processes of its own."""
    is_marked = item.get_closest_marker("django_db") is not None
    return is_marked or _has_processes(item) or bool(ASKING & {*getattr(item, "fixturenames", ())})


def _has_processes(item: pytest.Item) -> bool:
    return "subprocess" in vars(getattr(item, "module", None) or object)


def _takes_long(item: pytest.Item) -> bool:
    """Say whether a test makes examples without number, or its module processes of its own."""
    function = getattr(item, "obj", None)
    names = set(function.__code__.co_names) if inspect.isfunction(function) else set()
    return _has_processes(item) or is_hypothesis_test(function) or bool(names & GENERATING)


@pytest.fixture(scope="module")
def rows_for_all(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Let what fixtures of a module write be there for all its tests, which undo only their own.

    Not where a test of the module has real transactions: its flush would take those rows as well.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def no_rules_kept() -> None:
    """Forget parsed rules: a test that is undone leaves its ids and versions to the next one."""
    from segments.rules.kept import forget

    forget()


@pytest.fixture(autouse=True)
def nobodys_language() -> None:
    """Begin in the site's language: what a test's request asked for stays with its thread."""
    translation.deactivate()


@pytest.fixture(autouse=True, scope="session")
def messages_in_memory() -> Iterator[None]:
    """Keep what tests send to Celery away from a queue that a worker may be reading."""
    from segmentation_site.celery import app

    app.conf.broker_url = "memory://"
    yield


@pytest.fixture(autouse=True, scope="session")
def a_folder_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the turns of one process of tests from being taken by another's."""
    with override_settings(DATA_DIR=tmp_path_factory.mktemp("data")):
        yield


@pytest.fixture(autouse=True, scope="session")
def nothing_is_costly_by_chance() -> Iterator[None]:
    """Let no segment change its lane because the machine is busy; tests of the lane say which."""
    with override_settings(COSTLY_SECONDS=math.inf):
        yield


@pytest.fixture(autouse=True, scope="session")
def passwords_are_hashed_fast() -> Iterator[None]:
    """Make and check passwords in no time: how slow it is to guess them is Django's to test."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(autouse=True, scope="session")
def static_files_are_listed_once() -> Iterator[None]:
    """Let each client of a test know the same files, instead of looking for all of them again."""
    files: dict[str, Any] = {}
    look = WhiteNoiseMiddleware.add_files_from_finders

    def known(self: WhiteNoiseMiddleware) -> None:
        if not files:
            look(self)
            files.update(self.files)
        self.files.update(files)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", known)
        yield


@pytest.fixture(autouse=True, scope="session")
def garbage_is_looked_for_less_often() -> None:
    """Spare what is imported, which stays, and look at the rest seldom: tests make many rows."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(autouse=True, scope="session")
def tables_are_emptied_and_filled_fast() -> Iterator[None]:
    """Bring the tables back after tests with real transactions as `between_tests` does."""
    from segmentation_site.tests.between_tests import empty, fill

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", empty)
        patch.setattr(BaseDatabaseCreation, "deserialize_db_from_string", fill)
        yield


@pytest.fixture(autouse=True, scope="session")
def replies_are_as_described() -> Iterator[None]:
    """Compare each reply of the API, in whatever test, with what its description promises."""
    from customers.rest.endpoint import Endpoint
    from segmentation_site.tests.described import check_reply

    finalize = Endpoint.finalize_response

    def finalize_and_check(
        self: Endpoint, request: Any, response: Any, *args: Any, **kw: Any
    ) -> Any:
        done = finalize(self, request, response, *args, **kw)
        check_reply(request, done)
        return done

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Endpoint, "finalize_response", finalize_and_check)
        yield
