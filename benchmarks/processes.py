"""What processes cost: the start of a web process, an installation at rest, the environment's size.

    python -m benchmarks.processes start [--rounds 5] [--beside FOLDER]
    python -m benchmarks.processes rest PID [--seconds 60]

`start` imports `segmentation_site.wsgi` in fresh processes, in turn with the checkout FOLDER, and
prints medians of processor time and memory, with the size of the environment. `rest` adds
up the processes below PID, the parent of bin/start. Shared pages count once (PSS). Linux only.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
STARTED = """
import resource
import segmentation_site.wsgi
used = resource.getrusage(resource.RUSAGE_SELF)
with open("/proc/self/smaps_rollup") as memory:
    rss = next(line.split()[1] for line in memory if line.startswith("Rss:"))
print(used.ru_utime + used.ru_stime, rss)
"""
TICKS = os.sysconf("SC_CLK_TCK")


def start_once(folder: Path) -> tuple[float, float]:
    """Return the seconds of processor time and the MB of one start."""
    done = subprocess.run(
        [sys.executable, "-c", STARTED], cwd=folder, capture_output=True, check=True, text=True
    )
    seconds, kilobytes = done.stdout.split()
    return float(seconds), int(kilobytes) / 1000


def measure_start(rounds: int, beside: Path | None) -> None:
    folders = [ROOT, *([beside] if beside else [])]
    starts = [[start_once(folder) for folder in folders] for _ in range(rounds + 1)][1:]
    for number, folder in enumerate(folders):
        seconds, megabytes = zip(*(one[number] for one in starts), strict=True)
        print(f"{folder}: {median(seconds):.2f} s of processor time, {median(megabytes):.0f} MB")
    size = subprocess.run(["du", "-sm", sys.prefix], capture_output=True, check=True, text=True)
    print(f"{sys.prefix}: {size.stdout.split()[0]} MB")


def processes_below(pid: int) -> Iterator[int]:
    """Yield the number of a process, and of all that descend from it."""
    yield pid
    for thread in Path(f"/proc/{pid}/task").iterdir():
        for child in (thread / "children").read_text().split():
            yield from processes_below(int(child))


def seconds_of(pid: int) -> float:
    """Return the processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def megabytes_of(pid: int) -> float:
    """Return the memory of a process, where a page of several counts in parts."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1000


def measure_rest(pid: int, seconds: float) -> None:
    before = {one: seconds_of(one) for one in processes_below(pid)}
    time.sleep(seconds)
    memory = work = 0.0
    for one, used in before.items():
        share, megabytes = (seconds_of(one) - used) / seconds * 100, megabytes_of(one)
        title = Path(f"/proc/{one}/cmdline").read_text().replace("\0", " ")[:70]
        print(f"{megabytes:6.1f} MB  {share:5.2f} % of a core  {title}")
        memory, work = memory + megabytes, work + share
    print(f"{memory:6.1f} MB  {work:5.2f} % of a core  all {len(before)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("start")
    start.add_argument("--rounds", type=int, default=5)
    start.add_argument("--beside", type=Path)
    rest = commands.add_parser("rest")
    rest.add_argument("pid", type=int)
    rest.add_argument("--seconds", type=float, default=60)
    given = parser.parse_args()
    if given.command == "start":
        measure_start(given.rounds, given.beside)
    else:
        measure_rest(given.pid, given.seconds)


if __name__ == "__main__":
    main()
