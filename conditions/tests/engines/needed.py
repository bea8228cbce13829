"""What the tests of engines need, and say loudly where it is missing."""

import shutil
from importlib.util import find_spec

import pytest
from django.conf import settings as project

on_postgresql = pytest.mark.skipif(
    "postgresql" not in project.DATABASES["default"]["ENGINE"],
    reason="engines are for shops on PostgreSQL",
)
OPTIONS = {
    "spark.driver.memory": "3g",
    # Of each of a plan's many sorts something is in memory at the same time.
    "spark.buffer.pageSize": "256k",
    # For a handful of rows, whatever is made faster takes longer.
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.autoBroadcastJoinThreshold": "-1",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
HAS_SPARK = shutil.which("java") is not None and find_spec("pyspark") is not None
with_spark = pytest.mark.skipif(
    not HAS_SPARK,
    reason="SPARK IS NOT TESTED: Java or the extra “spark” is missing",
)
# Spark takes seconds for each question.
needs_spark = [pytest.mark.exhaustive, with_spark]


def engines_there():
    """Return the names of the engines that can be tested here."""
    return ["duckdb", "spark"] if HAS_SPARK else ["duckdb"]


def set_up(settings, directory):
    """Set engines up as small shops need them, with `directory` for what they put aside."""
    settings.DATA_DIR = directory
    # The database waits for Spark to start, with the shop in a transaction.
    settings.LOCK_SILENCE_SECONDS = 3000
    settings.SPARK_MASTER, settings.SPARK_OPTIONS = "local[1]", OPTIONS
