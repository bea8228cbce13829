"""Runs the processes of bin/start: web, workers and beat, until SIGTERM, SIGINT or SIGHUP.

One parent loads Tranche and forks a process for each program: they share its memory, and a process
that ends is forked again after `PAUSE`, without loading anything. All end with the parent: after a
signal within `PATIENCE`, and at once where the parent itself is killed.
"""

import ctypes
import os
import runpy
import signal
import sys
import time
from contextlib import suppress
from types import FrameType
from typing import NoReturn

WORKER = "celery --quiet --app segmentation_site worker --pool threads --concurrency {slots} \
--without-gossip --without-mingle --without-heartbeat --queues {queues}"

# Workers have threads, not forks: the work is done in the database, and a killed process leaves no
# orphan.
PROGRAMS = {
    "web": "gunicorn segmentation_site.wsgi --bind {listen}:{port} --workers 2 --threads 4 \
--no-control-socket",
    # Short work (the tick, changed customers) does not wait behind long refreshes: two workers.
    "worker": WORKER.format(slots=2, queues="tranche"),
    "refresher": WORKER.format(slots=2, queues="tranche-refresh"),
    # Webhooks wait for servers of other companies, and nothing here waits for those.
    "courier": WORKER.format(slots=8, queues="tranche-webhooks"),
    # Scores take minutes: no refresh waits behind them, and no score behind a training.
    "predictor": WORKER.format(slots=2, queues="tranche-predictions,tranche-deep"),
    "beat": "celery --quiet --app segmentation_site beat",
}

# Seconds before a process that has ended is started again: at first, and at most.
PAUSE, LONGEST_PAUSE = 1.0, 30.0
# Seconds after which a process that ends has not failed to start.
LASTING = 60.0
# Seconds after SIGTERM before SIGKILL.
PATIENCE = 20.0
# Seconds between two looks at the processes.
EVERY = 0.2
STOP = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
PR_SET_PDEATHSIG = 1


class CannotFork(Exception):
    """The machine has no room for another process."""


class Supervisor:
    """Keeps one process running for each program; `programs`: command lines by name.

    A command line is a Python module and its arguments, as after `python -m`.
    """

    def __init__(self, programs: dict[str, str]) -> None:
        self.programs = programs
        self.due = dict.fromkeys(programs, 0.0)
        self.running: dict[int, str] = {}
        self.pauses = dict.fromkeys(programs, PAUSE)
        self.began = dict.fromkeys(programs, 0.0)
        self.is_stopping = False

    def run(self) -> None:
        """Start the programs, restart those that end, and return when a signal has stopped all."""
        for number in STOP:
            # `nohup` ignores the end of the terminal.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._stop)
        while not self.is_stopping:
            at = time.monotonic()
            for name in [name for name, since in self.due.items() if since <= at]:
                self._start(name, at)
            time.sleep(EVERY)
            for name, status in self._ended():
                self._plan(name, f"{name} ended with status {status} and is started again")
        self._end_all()

    def _start(self, name: str, at: float) -> None:
        try:
            pid = fork(self.programs[name])
        except CannotFork as error:
            self._plan(name, f"{name} cannot be started: {error}")
            return
        del self.due[name]
        self.running[pid], self.began[name] = name, at

    def _plan(self, name: str, text: str) -> None:
        """Start the program again after a pause; it grows while the program ends soon again."""
        at = time.monotonic()
        pause = PAUSE if at - self.began[name] > LASTING else self.pauses[name]
        self.due[name] = at + pause
        self.pauses[name] = min(2 * pause, LONGEST_PAUSE)
        with suppress(OSError):  # Nobody may read the output any more.
            print(text, file=sys.stderr, flush=True)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.is_stopping = True

    def _ended(self) -> list[tuple[str, int]]:
        """Return the name and exit status of each process that has ended; negative: a signal."""
        ended = []
        while self.running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            # As process 1 of a container, this one also gets orphans of others.
            if name := self.running.pop(pid, None):
                ended.append((name, os.waitstatus_to_exitcode(status)))
        return ended

    def _end_all(self) -> None:
        self._signal_all(signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE
        while self.running and time.monotonic() < deadline:
            time.sleep(EVERY)
            self._ended()
        self._signal_all(signal.SIGKILL)

    def _signal_all(self, number: signal.Signals) -> None:
        for pid in self.running:
            try:
                os.killpg(pid, number)
            except ProcessLookupError:
                os.kill(pid, number)  # It has no group of its own yet.


def fork(command: str) -> int:
    """Start a process that runs the command, in a group of its own; return its number.

    Raises CannotFork, in the parent alone.
    """
    parent = os.getpid()
    # A signal before the process has its own handlers would count as one to the parent.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP)
    try:
        pid = os.fork()
    except OSError as error:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP)
        raise CannotFork(str(error)) from error
    if not pid:
        _run(command, parent)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP)
    return pid


def _run(command: str, parent: int) -> NoReturn:
    """Run the command in this new process, and end it as `python -m` would."""
    os.setpgid(0, 0)
    for number in STOP:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP)
    if sys.platform == "linux":
        # Without this a parent that is killed outright leaves its processes behind.
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit(1)
    # bin/start holds its lock by descriptor 3, which belongs to the parent alone.
    os.closerange(3, 64)
    # Without the package all have the title of the parent.
    with suppress(ImportError):
        from setproctitle import setproctitle

        setproctitle(command)
    sys.argv = command.split()
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    sys.exit(0)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segmentation_site.settings")
    from segmentation_site.preload import preload

    address = {"listen": os.environ["LISTEN"], "port": os.environ["PORT"]}
    programs = {name: command.format(**address) for name, command in PROGRAMS.items()}
    preload()
    Supervisor(programs).run()


if __name__ == "__main__":
    main()
