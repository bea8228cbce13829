"""How far this machine's clock is from the database's."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.clock import ahead_of_database


class Database:
    """A cursor of a database whose clock is ahead of this machine's by `ahead`."""

    def __init__(self, ahead: timedelta) -> None:
        self.ahead = ahead

    def execute(self, sql: str) -> None:
        assert sql == "SELECT clock_timestamp()"

    def fetchone(self) -> Any:
        return [datetime.now(UTC) + self.ahead]


@pytest.mark.parametrize("seconds", [-30, -2, 2, 30])
def test_it_is_told_in_both_directions(seconds: int) -> None:
    found = ahead_of_database(Database(timedelta(seconds=seconds)))
    assert found.total_seconds() == pytest.approx(-seconds, abs=0.5)


@pytest.mark.parametrize("seconds", [-0.2, 0, 0.2])
def test_the_way_to_the_database_is_no_difference(seconds: float) -> None:
    assert ahead_of_database(Database(timedelta(seconds=seconds))) == timedelta(0)
