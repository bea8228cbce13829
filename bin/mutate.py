"""Runs the tests of the conditions once for each mutant, and says which mutants they notice.

A test run is set up once; each mutant then gets a copy of the process, which breaks one thing and
runs the tests until one fails.
"""

import os
import signal
import sys
import time

import pytest
from mutants import Mutant, mutants

TESTS = [
    "conditions/tests/language/test_truth_table.py",
    "conditions/tests/families/test_aggregates.py",
    "conditions/tests/families/test_derived.py",
    "conditions/tests/families/test_comparison.py",
    "conditions/tests/families/test_guests.py",
    "conditions/tests/families/test_refunds.py",
    "conditions/tests/families/test_habits.py",
    "conditions/tests/chains",
    "segments/tests/rules/test_ranks.py",
    "segments/tests/rules/test_stays.py",
    "campaigns/tests/conditions/test_agreement.py",
    "segments/tests/engine/changed_customers/test_concerned.py",
    "segments/tests/engine/test_owed_refresh.py",
    "segments/tests/engine/test_refresh_after_saving.py",
    "segments/tests/engine/test_dependents.py",
    "segments/tests/engine/test_costly_segments.py",
    "segments/tests/engine/test_costs.py",
    "conditions/tests/language/test_windows.py",
    "conditions/tests/upkeep/test_columns_read.py",
]
AT_ONCE = 2
SECONDS_ALLOWED = 1200


class Mutation:
    """A plugin of pytest that runs the collected tests for every mutant instead of once."""

    def __init__(self, wanted: list[str]) -> None:
        self.wanted = wanted
        self.survived: list[str] = []

    def pytest_configure(self) -> None:
        # Not before pytest has begun, which wants to see it imported.
        import hypothesis

        # The first failure is enough; looking for the smallest one takes long.
        phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
        hypothesis.settings.register_profile("mutation", phases=phases)
        hypothesis.settings.load_profile("mutation")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        chosen = [
            mutant
            for mutant in mutants()
            if not self.wanted or any(part in mutant.name for part in self.wanted)
        ]
        items = session.items
        # Run one test first: all copies of the process then share the session's fixtures, above all
        # the database.
        first = next(item for item in items if "buyers" in getattr(item, "fixturenames", ()))
        first.config.hook.pytest_runtest_protocol(item=first, nextitem=items[0])
        if session.testsfailed or not self._passes_unbroken(session):
            sys.exit("The tests fail without a mutant: mend them first.")
        begun, running = time.monotonic(), {}
        for mutant in [*chosen, None]:
            while running and (mutant is None or len(running) == AT_ONCE):
                pid, status = os.wait()
                name, reader = running.pop(pid)
                self._report(items, name, reader, status)
            if mutant is not None:
                pid, reader = self._start(session, mutant)
                running[pid] = mutant.name, reader
        noticed = len(chosen) - len(self.survived)
        print(
            f"\n{noticed} of {len(chosen)} mutants were noticed"
            f" ({100 * noticed / max(1, len(chosen)):.1f} %) in {time.monotonic() - begun:.0f} s."
        )
        for name in self.survived:
            print(f"    survived: {name}")
        session.testsfailed = len(self.survived)
        return True

    def _passes_unbroken(self, session: pytest.Session) -> bool:
        pid, reader = self._start(session, Mutant("nothing", lambda: None))
        _pid, status = os.waitpid(pid, 0)
        with os.fdopen(reader) as said:
            print(said.read())
        return status == 0

    def _start(self, session: pytest.Session, mutant: Mutant) -> tuple[int, int]:
        reader, writer = os.pipe()
        pid = os.fork()
        if pid:
            os.close(writer)
            return pid, reader
        status = 3
        try:
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, 1)
            os.dup2(nothing, 2)
            signal.alarm(SECONDS_ALLOWED)
            status = _run_tests(session, mutant, writer)
        finally:
            os._exit(status)

    def _report(self, items: list[pytest.Item], name: str, reader: int, status: int) -> None:
        with os.fdopen(reader) as said:
            by = said.read()
        code = os.waitstatus_to_exitcode(status)
        if code == 1:
            print(f"noticed   {name}   {by}", flush=True)
            # Neighbouring mutants are noticed by the same tests: those go first.
            items.sort(key=lambda item: item.name != by)
            return
        why = {0: "no test fails", 3: f"it cannot be made: {by}"}.get(code, "it took too long")
        print(f"SURVIVED  {name}   {why}", flush=True)
        self.survived.append(f"{name}   {why}")


def _run_tests(session: pytest.Session, mutant: Mutant, writer: int) -> int:
    """Return 0 where every test passes, 1 where one fails, 3 where the mutant cannot be made."""
    # Not before pytest has begun, either.
    from pytest_django.plugin import blocking_manager_key

    try:
        with session.config.stash[blocking_manager_key].unblock():
            mutant.break_it()
    except Exception as error:
        os.write(writer, str(error).encode())
        return 3
    items = session.items
    # Tear down the fixtures that the first test left for its own module.
    session._setupstate.teardown_exact(items[0])
    # An item behind the last one, so that nothing is taken down that all copies share.
    for item, following in zip(items, [*items[1:], items[0]], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            os.write(writer, item.name.encode())
            return 1
    return 0


def main() -> None:
    options = ["--all", "-p", "no:cacheprovider", "-s", "--no-header"]
    sys.exit(pytest.main([*options, *TESTS], plugins=[Mutation(sys.argv[1:])]))


if __name__ == "__main__":
    main()
