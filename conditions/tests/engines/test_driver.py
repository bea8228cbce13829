"""A driver of Spark that has ended, or never begins, is nobody's end.

Java is started for almost every test, which takes long: those are for --all.
"""

import gc
from datetime import UTC, datetime
from threading import Event
from time import monotonic
from warnings import catch_warnings

import pytest

from conditions.engines.engine import EngineFailed, engine
from conditions.engines.translation import Translated
from conditions.tests.engines.needed import needs_spark
from customers.snapshots.manifest import Manifest

pytestmark = needs_spark

EMPTY = Manifest(datetime(2024, 3, 10, tzinfo=UTC), wal_position="", database="", tables={})
ONE = Translated("SELECT 1", zones=frozenset())


def stop():
    from pyspark import SparkContext

    SparkContext._active_spark_context._jsc.sc().stop()


def kill_java():
    from pyspark import SparkContext

    process = SparkContext._gateway.proc
    process.kill()
    process.wait()


def asked(place):
    with engine("spark").opened(str(place), EMPTY) as session:
        return session.rows(ONE)


@pytest.mark.exhaustive
def test_stopped_driver_is_an_error_and_is_replaced(tmp_path):
    with engine("spark").opened(str(tmp_path), EMPTY) as session:
        assert session.rows(ONE) == [(1,)]
        stop()
        with pytest.raises(EngineFailed, match="has ended"):
            session.rows(ONE)
    assert asked(tmp_path) == [(1,)]


@pytest.mark.exhaustive
def test_killed_driver_is_replaced_by_one_without_pages(tmp_path, monkeypatch, settings):
    """Nobody is shown what is asked, unless the settings say so."""
    from pyspark import SparkContext

    settings.SPARK_OPTIONS = {
        name: value
        for name, value in settings.SPARK_OPTIONS.items()
        if not name.startswith("spark.ui.")
    }
    with engine("spark").opened(str(tmp_path), EMPTY) as session:
        kill_java()
        with monkeypatch.context() as patch:
            patch.setattr(SparkContext._gateway.proc, "poll", lambda: None)
            with pytest.raises(EngineFailed, match="has ended"):
                session.rows(ONE)
            with pytest.raises(EngineFailed):
                asked(tmp_path)
        with pytest.raises(EngineFailed, match="has ended"):
            session.rows(ONE)
    # Java keeps the options that it was started with.
    assert asked(tmp_path) == [(1,)]
    assert SparkContext._active_spark_context.uiWebUrl is None


@pytest.mark.exhaustive
def test_one_that_cannot_begin_is_an_error_in_a_line(tmp_path, settings):
    asked(tmp_path)
    stop()
    settings.SPARK_MASTER = "nowhere"
    with pytest.raises(EngineFailed) as failed:
        asked(tmp_path)
    assert "Could not parse Master URL" in str(failed.value)
    assert len(str(failed.value).splitlines()) == 1
    settings.SPARK_MASTER = "local[1]"
    assert asked(tmp_path) == [(1,)]


def test_one_that_does_not_begin_is_waited_for_only_as_long_as_somebody_wants_it():
    from conditions.engines.driver import waited_for

    cluster, wanted = Event(), monotonic() + 0.5
    try:
        with pytest.raises(EngineFailed, match="has not begun"):
            waited_for(lambda: cluster.wait(60), lambda: monotonic() > wanted)
        assert monotonic() < wanted + 10
    finally:
        cluster.set()


def test_what_goes_wrong_as_it_begins_is_told(tmp_path):
    from conditions.engines.driver import waited_for

    assert waited_for(lambda: 3, lambda: True) == 3
    with pytest.raises(ZeroDivisionError):
        waited_for(lambda: 1 // 0, lambda: False)


@pytest.mark.exhaustive
def test_what_java_does_not_take_is_said_to_be_java_s(tmp_path, settings):
    kill_java()
    settings.SPARK_OPTIONS = {**settings.SPARK_OPTIONS, "spark.driver.memory": "a lot"}
    with pytest.raises(EngineFailed, match="Java did not start"):
        asked(tmp_path)
    with catch_warnings(action="ignore"):
        gc.collect()  # PySpark leaves a pipe to the process open.
