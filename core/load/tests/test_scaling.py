"""The rule of wanted slots, applied to the figures of a burst of 60 minutes."""

import csv
from pathlib import Path
from statistics import median

import pytest

from core.load.scaling import QUIET_MINUTES, Autoscaler, wanted_slots, wanted_workers

BURST = Path(__file__).parent / "burst.csv"
AFTERWARDS = 30  # minutes in which nothing comes
SLOTS = 2


class Shop:
    """Runs that come in minute by minute, and slots that take them in turn."""

    def __init__(self) -> None:
        self.rows = [
            (int(row["minute"]), int(row["arrived"]), float(row["seconds"]))
            for row in csv.DictReader(BURST.read_text(encoding="utf-8").splitlines())
        ]
        self.waiting: list[float] = []
        self.took: list[float] = []
        self.ends: list[float] = []

    def work_seconds(self) -> float:
        return len(self.waiting) * (median(self.took[-100:]) if self.took else 0)

    def work(self, minute: int, slots: int) -> None:
        """Let `slots` slots work for a minute; what has begun is ended by its slot."""
        busy = sorted(end for end in self.ends if end > 60 * minute)
        free = [60.0 * minute] * (slots - len(busy)) + busy
        while self.waiting and free and min(free) < 60 * (minute + 1):
            start = min(free)
            free.remove(start)
            seconds = self.waiting.pop(0)
            free.append(start + seconds)
            self.ends.append(start + seconds)
            self.took.append(seconds)


def test_example_of_twelve_runs_wants_nine_slots_of_which_three_workers_may_start():
    assert wanted_slots(12 * 45) == 9
    assert wanted_workers(12 * 45, slots_each=2, at_most=100) == 5
    assert wanted_workers(12 * 45, slots_each=2, at_most=3) == 3
    assert (wanted_slots(0), wanted_slots(60), wanted_slots(60.1)) == (1, 1, 2)
    assert wanted_workers(0, slots_each=2, at_most=3) == 1


def test_burst_ends_within_twice_the_time_of_unlimited_slots():
    shop, scaler = Shop(), Autoscaler(slots_each=SLOTS, at_most=40)
    unlimited = max(60 * minute + seconds for minute, count, seconds in shop.rows if count)
    workers = []
    for minute in range(len(shop.rows) + AFTERWARDS):
        for at, count, seconds in shop.rows:
            shop.waiting += [seconds] * count if at == minute else []
        workers.append(scaler.look(shop.work_seconds()))
        shop.work(minute, SLOTS * workers[-1])

    assert not shop.waiting
    assert max(shop.ends) <= 2 * unlimited
    assert max(workers) > 5  # The burst did want more than one worker.
    assert workers[-1] == 1


@pytest.mark.parametrize("pause", range(1, QUIET_MINUTES))
def test_workers_stay_through_a_pause_and_go_after_five_quiet_minutes(pause):
    scaler = Autoscaler(slots_each=SLOTS, at_most=40)
    busy, quiet = 600, 0
    assert scaler.look(busy) == 5
    assert {scaler.look(quiet) for _minute in range(pause)} == {5}
    assert scaler.look(busy) == 5
    looks = [scaler.look(quiet) for _minute in range(QUIET_MINUTES)]
    assert looks == [5] * (QUIET_MINUTES - 1) + [1]
