"""What every test runs in: messages that stay in memory, a first shop after each flush."""

import math
import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.db.backends.base.creation import BaseDatabaseCreation
from django.db.backends.base.operations import BaseDatabaseOperations
from django.test import override_settings
from django.utils import translation
from environ import Env
from hypothesis import HealthCheck
from hypothesis import settings as generating
from hypothesis.internal.conjecture import providers

pytest.register_assert_rewrite("core.tests.contract", "core.tests.row_laws")
# The fixtures that several apps share.
pytest_plugins = [
    "tests.factories.activity",
    "tests.factories.browser",
    "tests.factories.clients",
    "tests.factories.customers",
    "tests.factories.experiences",
    "tests.factories.rows",
    "tests.factories.segments",
    "tests.factories.shops",
    "tests.factories.speed",
    "tests.lazy",
    "tests.template_database",
    "tests.tiers",
]

# A second database beside the default one, for tests that ask two of them the same question.
if os.environ.get("SECOND_DATABASE_URL"):
    settings.DATABASES["second"] = Env.db_url_config(os.environ["SECOND_DATABASE_URL"])
    connections.configure_settings(settings.DATABASES)

# How long something takes says nothing on a machine that is busy with something else. The same
# examples in each run: a change is refused for what it changes. Others are searched for with
# `bin/test --all --hypothesis-profile=searching`.
UNTIMED = generating(deadline=None, suppress_health_check=[HealthCheck.too_slow])
generating.register_profile("searching", UNTIMED)
generating.register_profile("repeatable", UNTIMED, derandomize=True)
generating.load_profile("repeatable")


def pytest_configure(config: pytest.Config) -> None:
    """Let a search alone draw values from the constants of the modules that are loaded.

    Otherwise examples would change with each module and with the order of tests, and each process
    would read the source of all modules, which takes a second.
    """
    if config.getoption("--hypothesis-profile") != "searching":
        constants = providers._local_constants
        providers._get_local_constants = lambda: constants


@pytest.fixture(autouse=True)
def nothing_of_the_test_before() -> None:
    """Forget parsed rules, the shop's names, and the language that a request asked for.

    A test that is undone leaves its ids and versions to the next one; names that sentences looked
    up are kept for a minute.
    """
    from conditions.reading.vocabulary import minute_cache
    from segments.rules.evaluation import rule_cache

    rule_cache.forget()
    minute_cache.forget()
    translation.deactivate()


@pytest.fixture(autouse=True, scope="session")
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Enter what all tests run in. One fixture for all: pytest looks for each at each test."""
    values = override_settings(
        # The turns of one process of tests are not taken by another's.
        DATA_DIR=tmp_path_factory.mktemp("data"),
        # A busy machine changes the lane of no segment, and cuts no reply short. Tests of lanes and
        # deadlines set their own.
        COSTLY_SECONDS=math.inf,
        EXPERIENCE_DEADLINE_MS=30_000,
        RECOMMENDATION_DEADLINE_MS=30_000,
        PREVIEW_TIMEOUT_SECONDS=30,
    )
    with values, pytest.MonkeyPatch.context() as patch:
        # No customer number appears by chance in the token of a form.
        patch.setattr("django.middleware.csrf.CSRF_ALLOWED_CHARS", "qxz")
        keep_messages_in_memory()
        empty_and_fill_tables_fast(patch)
        check_replies(patch)
        yield


def keep_messages_in_memory() -> None:
    """Keep what tests send to Celery away from a queue that a worker may be reading."""
    from segmentation_site.celery import app

    app.conf.broker_url = "memory://"


def empty_and_fill_tables_fast(patch: pytest.MonkeyPatch) -> None:
    """Bring the tables back after tests with real transactions as `between_tests` does."""
    from segmentation_site.tests.database.between_tests import empty, fill

    patch.setattr(BaseDatabaseOperations, "execute_sql_flush", empty)
    patch.setattr(BaseDatabaseCreation, "deserialize_db_from_string", fill)


def check_replies(patch: pytest.MonkeyPatch) -> None:
    """Compare each reply of the API, in whatever test, with what its description promises."""
    from core.api.endpoint import Endpoint
    from segmentation_site.tests.api.described import check_reply

    finalize = Endpoint.finalize_response

    def finalize_and_check(
        self: Endpoint, request: Any, response: Any, *args: Any, **kw: Any
    ) -> Any:
        done = finalize(self, request, response, *args, **kw)
        check_reply(request, done)
        return done

    patch.setattr(Endpoint, "finalize_response", finalize_and_check)
