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


@pytest.fixture(autouse=True)
def no_rules_kept() -> None:
    """Forget parsed rules: a test that is undone leaves its ids and versions to the next one."""
    from segments.rules.rule_cache import forget

    forget()


@pytest.fixture(autouse=True)
def no_names_kept() -> None:
    """Forget the shop's names that a test's sentences looked up: they are kept for a minute."""
    from conditions.reading.vocabulary.minute_cache import forget

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
def no_name_in_a_form_token() -> Iterator[None]:
    """Write the tokens of forms with letters in which no customer number can appear by chance."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.middleware.csrf.CSRF_ALLOWED_CHARS", "qxz")
        yield


@pytest.fixture(autouse=True, scope="session")
def nothing_is_costly_by_chance() -> Iterator[None]:
    """Let no segment change its lane because the machine is busy; tests of the lane say which."""
    with override_settings(COSTLY_SECONDS=math.inf):
        yield


@pytest.fixture(autouse=True, scope="session")
def nothing_is_late_by_chance() -> Iterator[None]:
    """Let no reply be cut short because the machine is busy; tests of deadlines set their own."""
    patient = override_settings(
        EXPERIENCE_DEADLINE_MS=30_000, RECOMMENDATION_DEADLINE_MS=30_000, PREVIEW_TIMEOUT_SECONDS=30
    )
    with patient:
        yield


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
    from core.api.endpoint import Endpoint
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
