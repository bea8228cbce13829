"""bin/start: the processes under its supervisor, the ports it finds, the environment it makes."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from django.conf import settings

from bin.processes import PROGRAMS

# The processes ask no database.
pytestmark = [pytest.mark.once, pytest.mark.exhaustive]
ROOT = Path(settings.BASE_DIR)


@pytest.fixture
def words() -> dict[str, list[str]]:
    return {name: command.split() for name, command in PROGRAMS.items()}


def test_the_supervisor_runs_web_workers_and_beat(words: dict[str, list[str]]) -> None:
    assert set(words) == {"web", "worker", "refresher", "courier", "predictor", "beat"}
    assert {"gunicorn", "segmentation_site.wsgi"} <= set(words["web"])
    assert {"celery", "segmentation_site", "worker"} <= set(words["worker"])
    assert {"celery", "segmentation_site", "beat"} <= set(words["beat"])


def test_each_queue_has_one_worker(words: dict[str, list[str]]) -> None:
    # A long refresh must not keep the tick waiting.
    commands = words.values()
    served = [one[one.index("--queues") + 1].split(",") for one in commands if "--queues" in one]
    assert sorted(chain(*served)) == sorted(settings.CELERY_TASK_QUEUES)
    # What scores trains networks too, where torch is installed; every other queue stands alone.
    assert [one for one in served if len(one) > 1] == [["tranche-predictions", "tranche-deep"]]


# Two programs that say who they are; both stay until a signal.
SLEEPER = """
import os, sys, time
os.write(1, f"{sys.argv[1]} {os.getpid()} {sys.argv[0]}\\n".encode())
time.sleep(60)
"""
SUPERVISOR = """
from bin.processes import Supervisor
Supervisor({"one": "sleeper one", "two": "sleeper two"}).run()
"""
# Nobody reads what it reports, the machine has no room at first, and it gets the orphans of others,
# as process 1 of a container does.
HARD_TIMES = """
import ctypes, os
from bin import processes
PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
os.close(2)
fork, refusals = os.fork, [OSError("no room")]
def refusing():
    if refusals:
        raise refusals.pop()
    return fork()
os.fork = refusing
if not fork():
    fork()
    os._exit(0)
processes.PAUSE = 0.1
processes.Supervisor({"one": "sleeper one", "two": "sleeper two"}).run()
"""


@pytest.fixture
def supervisor(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    (tmp_path / "sleeper.py").write_text(SLEEPER)
    process = subprocess.Popen(
        [sys.executable, "-c", getattr(request, "param", SUPERVISOR)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    assert process.stdout is not None
    with process.stdout:
        yield process
        process.kill()
        process.wait()


def started(supervisor: subprocess.Popen[str]) -> tuple[str, int]:
    assert supervisor.stdout is not None
    name, pid, program = supervisor.stdout.readline().split()
    assert program.endswith("sleeper.py")
    return name, int(pid)


@pytest.mark.parametrize("supervisor", [SUPERVISOR, HARD_TIMES], indirect=True)
def test_a_killed_process_is_started_again(supervisor: subprocess.Popen[str]) -> None:
    running = dict(started(supervisor) for _ in range(2))
    os.kill(running["one"], signal.SIGKILL)
    name, pid = started(supervisor)
    assert name == "one"
    assert pid not in running.values()


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGKILL, -9)]
)
def test_all_processes_end_with_the_supervisor(
    supervisor: subprocess.Popen[str], number: signal.Signals, status: int
) -> None:
    for _ in range(2):
        started(supervisor)
    supervisor.send_signal(number)
    assert supervisor.wait() == status
    # The pipe closes when its last writer is gone.
    assert supervisor.stdout is not None
    assert supervisor.stdout.read() == ""


# What a start needs none of: files of spreadsheets, a client of Redis, tables on a terminal, what
# models are fitted with and random numbers, HTML of mails. Pages and the API are loaded with the
# addresses.
STARTED = """
import sys
import segmentation_site.wsgi
unused = {"openpyxl", "redis", "rich", "scipy", "sklearn", "skops", "torch", "pyarrow"}
unused |= {"css_inline", "nh3", "numpy.random"}
assert not unused & set(sys.modules), unused & set(sys.modules)
pages = {name for name in sys.modules if name.endswith(".admin.registration")}
assert not pages | {"import_export.admin", "segmentation_site.urls"} & set(sys.modules), pages
from segmentation_site.preload import preload
preload()
assert not unused & set(sys.modules), unused & set(sys.modules)
loaded = {"segmentation_site.urls", "segments.admin.registration", "segments.tasks"}
assert loaded <= set(sys.modules)
"""


def test_a_web_process_loads_only_what_it_needs() -> None:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "segmentation_site.settings"}
    subprocess.run([sys.executable, "-c", STARTED], check=True, cwd=ROOT, env=environment)


def test_a_port_in_use_is_passed_over_or_refused() -> None:
    def asked(*arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, ROOT / "bin" / "free_port.py", *arguments],
            capture_output=True,
            text=True,
            check=False,
        )

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = asked(str(port))
        assert (refused.returncode, refused.stdout) == (1, "")
        assert str(port) in refused.stderr
    assert asked(str(port)).stdout == f"{port}\n"
    assert asked("none").returncode == 1
    assert asked().returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["--data"],
        ["--dat", "x"],
        ["x"],
        ["--data", "/nowhere"],
        ["--rate", "USD=1.08"],
        ["--data", ".", "--rate"],
        ["--data", ".", "--prefix=x"],
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_made(arguments: list[str]) -> None:
    done = subprocess.run(
        [ROOT / "bin" / "start", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "--data" in done.stderr


def test_requirements_are_pinned_with_hashes_and_name_no_index() -> None:
    for kind in ("", "-extras", "-shops", "-deep"):
        name = f"requirements{kind}.txt"
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        pins = [line for line in lines if line[:1].isalnum()]
        assert pins
        assert all("==" in line and line.endswith("\\") for line in pins)
        assert not [line for line in lines if "index" in line and not line.startswith("#")]
        assert not [line for line in lines if "://" in line]


def test_lock_selects_each_extra_with_all_that_it_requires() -> None:
    from bin.locked import selected_pins

    shops = (ROOT / "requirements-shops.txt").read_text(encoding="utf-8")
    assert selected_pins(["shops"]) == shops
    pins = [
        line.split("==")[0] for line in selected_pins(["spark"]).splitlines() if line[:1].isalpha()
    ]
    # By itself, from another extra of ours, as a requirement of a package, and nothing of the base.
    assert {"pyspark", "fsspec", "py4j"} <= set(pins)
    assert "numpy" not in pins
    assert selected_pins(["deep"]) == (ROOT / "requirements-deep.txt").read_text(encoding="utf-8")
    with pytest.raises(KeyError, match="unheard"):
        selected_pins(["unheard"])
