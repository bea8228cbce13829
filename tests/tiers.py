"""Which tests run: the tier (--quick, the default, --all) and the database, by what each test is.

docs/testing.md describes the tiers. Nothing here names a test: a test is judged by its markers, by
the fixtures that it requests, and by the modules that it imports.
"""

import gc
import inspect
import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Set
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from hypothesis import is_hypothesis_test
from hypothesis import settings as generating

from tests.cases import SHARED
from tests.factories.browser import CHROMIUM

# By these a test generates its examples itself.
GENERATING = {"given", "run_state_machine_as_test"}
# By these a test asks a database.
ASKING = {"db", "transactional_db", "live_server", "rows_for_all", "django_db_setup"}
# By these a test speaks HTTP: it is about permissions, refusals, words, forms and pages.
CLIENTS = {"client", "client_with", "anonymous", "admin_client"}
# By these a test in the browser opens pages of the product, instead of trying a module by itself.
SERVERS = {"live_server", "transactional_db"}
# By these names a test starts processes of its own.
PROCESSES = {"subprocess", "multiprocessing", "Popen"}
# By these names a test asks a database for something of its own.
DIALECTS = {"connection", "connections"}
# By these names a test has other cases on each database.
DIVIDED = {"half", "seeds"}
# What modules of tests of pages are called.
PAGES = re.compile(r"admin|dashboard|_pages?$|_forms?$|_panel$")

# Why a test is left out of a tier.
IN_A_BROWSER = "in a browser, but for the stories"
EXHAUSTIVE = "every combination, a model trained on a real shop, or a whole walk of the docs"
OWN_PROCESSES = "with processes of their own"
REAL_TRANSACTIONS = "with real transactions, on SQLite"
GENERATED = "with generated examples"
THROUGH_PAGES = "that ask a page or an address"
ON_THE_OTHER = "that the other database runs"
OTHER_CASES = "that are further cases of a test"
OTHER_CLASSES = "of a law that other classes are asked"

# How many cases of a parametrised test that asks a database the default tier runs, and PostgreSQL
# with --all where SQLite runs the others. They run one case of a story, in whatever looks and
# languages --all tells it, and one of a test that generates examples, which are other examples of
# the same law.
MOST_CASES = 2
# Of so many classes that inherit a law the default tier asks one.
CLASSES_OF_A_LAW = 3

# A file of the default tier that takes more of its time than this is named.
LARGEST_SHARE = 0.02
SLOWEST_FILES = 15

# How many examples are generated, of 100 that a search for new ones generates, and at least.
SEARCHING, ALL, DEFAULT = (100, 0), (20, 12), (5, 3)
_share_of_examples = SEARCHING


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="only what is fast by its nature")
    parser.addoption("--all", action="store_true", help="every test; without it, the default tier")


def pytest_configure(config: pytest.Config) -> None:
    global _share_of_examples
    # Of what is collected nothing becomes garbage; tests.factories.speed enables it again.
    gc.disable()
    if config.getoption("--all"):
        is_searching = config.getoption("--hypothesis-profile") == "searching"
        _share_of_examples = SEARCHING if is_searching else ALL
    else:
        _share_of_examples = DEFAULT
    if not config.getoption("--hypothesis-profile"):
        # Tests that name no number of examples generate as many of Hypothesis's own number.
        own = generating.get_profile("repeatable")
        generating.register_profile("tier", own, max_examples=examples(own.max_examples))
        generating.load_profile("tier")
    config.pluginmanager.register(Summary(config), "tiers-summary")


def examples(count: int) -> int:
    """Return how many examples this tier generates, of `count` where new ones are searched for.

    The other tiers generate the same in each run: more of them would only take longer.
    """
    share, least = _share_of_examples
    return max(count * share // 100, min(count, least))


@pytest.fixture(scope="session")
def is_exhaustive(pytestconfig: pytest.Config) -> bool:
    """Whether every combination is to be asked: --all. Otherwise ask each thing once."""
    return bool(pytestconfig.getoption("--all"))


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keep the tests of a file in one process, which makes what its module shares once.

    Those with real transactions are a group of their own: pytest-django puts them behind all
    others, since they leave the tables without the migrations' rows.
    """
    kind = " with real transactions" if _has_real_transactions(item) else ""
    item.add_marker(pytest.mark.xdist_group(f"{item.path.name}{kind} {item.path.parent}"))


# Before markers choose what runs.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        _mark(item)
    _leave_out(config, items)
    if getattr(config.option, "loadgroup", False):
        _write_groups(items)


def _write_groups(items: list[pytest.Item]) -> None:
    """Write the group of each test into its id, by which xdist hands tests to processes.

    xdist 3.8 writes it into an attribute that pytest 9.2 does not read any more: every process
    would make again what a module shares.
    """
    for item in items:
        for marker in item.iter_markers("xdist_group"):
            item._id = item._id.parse(f"{item.nodeid}@{marker.args[0]}")


def _leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take the tests that do not belong to the tier out of `items`, and count why."""
    left_out: Counter[str] = Counter()
    kept, deselected = [], []
    is_all, is_shared = config.getoption("--all"), bool(os.environ.get(SHARED))
    repeated: dict[str, set[pytest.Item]] = {}
    if is_all and is_shared:
        repeated[ON_THE_OTHER] = _cases_left_to_sqlite(items)
    elif not is_all:
        if is_shared:
            repeated[ON_THE_OTHER] = _left_to_the_other_database(items)
        few = [item for item in items if not item.get_closest_marker("exhaustive")]
        repeated |= {OTHER_CASES: _other_cases(few), OTHER_CLASSES: _other_classes(items)}
    for item in items:
        reason = None if is_all else _why_left_out(config, item)
        reason = reason or next((why for why, some in repeated.items() if item in some), None)
        if reason:
            left_out[reason] += 1
            deselected.append(item)
        else:
            kept.append(item)
    if deselected:
        items[:] = kept
        config.hook.pytest_deselected(items=deselected)
    if hasattr(config, "workeroutput"):
        config.workeroutput["left_out"] = dict(left_out)
    else:
        config.pluginmanager.get_plugin("tiers-summary").left_out = left_out


def _mark(item: pytest.Item) -> None:
    if _has_real_transactions(item):
        # The flush after a test with real transactions takes the migrations' rows (the default
        # website, store and group) as well; this puts them back before the next.
        marker = item.get_closest_marker("django_db")
        wanted = dict(marker.kwargs) if marker else {}
        wanted |= {"transaction": True, "serialized_rollback": True}
        item.add_marker(pytest.mark.django_db(**wanted), append=False)
    if item.get_closest_marker("browser"):
        if not CHROMIUM.exists():
            item.add_marker(pytest.mark.skip(reason=f"{CHROMIUM} is missing"))
    elif _is_independent_of_the_database(item):
        item.add_marker("once")


def _why_left_out(config: pytest.Config, item: pytest.Item) -> str | None:
    """Return why a test does not belong to a tier other than --all; None where it does."""
    is_story = item.get_closest_marker("story") is not None
    if item.get_closest_marker("browser") and _fixtures(item) & SERVERS and not is_story:
        return IN_A_BROWSER
    if item.get_closest_marker("exhaustive"):
        return EXHAUSTIVE
    if _has_processes(item) and not item.get_closest_marker("once"):
        return OWN_PROCESSES
    is_real = _has_real_transactions(item) and not is_story
    if is_real and connection.vendor == "sqlite" and not item.get_closest_marker("once"):
        return REAL_TRANSACTIONS
    if config.getoption("--quick"):
        if is_real or is_story:
            return REAL_TRANSACTIONS
        if _generates_examples(item):
            return GENERATED
        if _speaks_http(item):
            return THROUGH_PAGES
    return None


def _left_to_the_other_database(items: list[pytest.Item]) -> set[pytest.Item]:
    """Return the tests that the other of the two databases runs in the default tier.

    Of the tests of a file that ask SQL PostgreSQL runs every third, SQLite the others. Conditions
    run on both, and whatever has real transactions on PostgreSQL alone.
    """
    places: defaultdict[Path, dict[str, int]] = defaultdict(dict)
    others = set()
    for item in items:
        if any(item.get_closest_marker(name) for name in ("browser", "both", "skipif")):
            continue
        if _is_about_conditions(item.path) or _has_real_transactions(item):
            continue
        if item.get_closest_marker("once") or not _asks_a_database(item):
            continue
        names = places[item.path]
        place = names.setdefault(_name(item), len(names))
        if (place % 3 == 2) != (connection.vendor == "postgresql"):
            others.add(item)
    return others


def _cases_left_to_sqlite(items: list[pytest.Item]) -> set[pytest.Item]:
    """Return the cases of parametrised tests that only SQLite runs with --all.

    PostgreSQL runs as few cases of a test as the default tier does, where the further ones ask the
    same SQL for another value. It runs all of what concerns one database: real transactions,
    processes, the browser, modules that name the connection, and cases that are divided already.
    """
    if connection.vendor != "postgresql":
        return set()
    return _other_cases(
        [
            item
            for item in items
            if not _has_real_transactions(item)
            and not _has_processes(item)
            and not any(item.get_closest_marker(name) for name in ("browser", "once", "skipif"))
            and not DIALECTS & _names_of_module(item)
            and not _names_any(item, DIVIDED)
        ]
    )


def _other_cases(items: list[pytest.Item]) -> set[pytest.Item]:
    """Return the cases of parametrised tests beyond a few, where a test asks a database.

    Not where every case is another meaning: conditions, and what is marked `every_case`. Generated
    conditions are no further meaning in a second shop.
    """
    cases: defaultdict[tuple[Path, str], list[pytest.Item]] = defaultdict(list)
    for item in items:
        if item.get_closest_marker("every_case"):
            continue
        is_another_meaning = _is_about_conditions(item.path) and not _generates_examples(item)
        if not is_another_meaning and _asks_a_database(item):
            cases[item.path, _name(item)].append(item)
    return {
        item
        for of_test in cases.values()
        if (every := -(-len(of_test) // _most_cases(of_test[0]))) > 1
        for place, item in enumerate(of_test)
        if place % every
    }


def _most_cases(item: pytest.Item) -> int:
    is_told_once = item.get_closest_marker("story") or _generates_examples(item)
    return 1 if is_told_once else MOST_CASES


def _other_classes(items: list[pytest.Item]) -> set[pytest.Item]:
    """Return the laws that a class inherits and the default tier asks of other classes.

    Many resources inherit the same laws (core.tests.contract). Each law is asked of every third
    class that inherits it, beginning with the first for the first law, the second for the second.
    """
    laws: dict[Callable[..., Any], dict[type, list[pytest.Item]]] = {}
    for item in items:
        of_class = getattr(item, "cls", None)
        name = _name(item).rpartition("::")[2]
        if of_class is None or name in vars(of_class) or item.get_closest_marker("every_case"):
            continue
        if _asks_a_database(item):
            # Unrelated classes may have laws of one name.
            classes = laws.setdefault(getattr(of_class, name), {})
            classes.setdefault(of_class, []).append(item)
    others = set()
    for number, classes in enumerate(laws.values()):
        first = number % min(CLASSES_OF_A_LAW, len(classes))
        for place, of_class in enumerate(classes.values()):
            if place % CLASSES_OF_A_LAW != first:
                others.update(of_class)
    return others


def _name(item: pytest.Item) -> str:
    """Return the name of a test without its case, with its class."""
    return item.nodeid.partition("::")[2].partition("[")[0]


@cache
def _is_about_conditions(path: Path) -> bool:
    return "conditions" in path.parts or "conditions" in path.stem


def _fixtures(item: pytest.Item) -> set[str]:
    return set(getattr(item, "fixturenames", ()))


def _has_real_transactions(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    is_marked = marker is not None and bool(marker.kwargs.get("transaction"))
    return is_marked or bool(_fixtures(item) & {"transactional_db", "live_server"})


def _is_independent_of_the_database(item: pytest.Item) -> bool:
    """Say whether one database is enough: the test asks none, or asks by pages and addresses.

    What is about the figures themselves, although it asks by an address, is marked `both`.
    """
    if _has_real_transactions(item) or item.get_closest_marker("both"):
        return False
    return not _asks_a_database(item) or _speaks_http(item)


def _speaks_http(item: pytest.Item) -> bool:
    return _is_about_pages(item.path) or bool(_fixtures(item) & CLIENTS)


@cache
def _is_about_pages(path: Path) -> bool:
    return path.parent.name == "admin" or PAGES.search(path.stem) is not None


def _asks_a_database(item: pytest.Item) -> bool:
    """Say whether a test may ask one: itself, by its fixtures, or in processes of its own."""
    is_marked = item.get_closest_marker("django_db") is not None
    return is_marked or _has_processes(item) or bool(ASKING & _fixtures(item))


def _has_processes(item: pytest.Item) -> bool:
    """Say whether a test's module, or a fixture that it requests, starts processes."""
    return _names_any(item, PROCESSES)


def _names_any(item: pytest.Item, names: set[str]) -> bool:
    """Say whether a test's module, or a fixture that it requests, names any of `names`."""
    if names & _names_of_module(item):
        return True
    info = getattr(item, "_fixtureinfo", None)
    definitions = info.name2fixturedefs.values() if info else ()
    return any(names & _names_of_fixture(one.func) for several in definitions for one in several)


def _names_of_module(item: pytest.Item) -> Set[str]:
    return vars(getattr(item, "module", None) or object).keys()


@cache
def _names_of_fixture(fixture: Any) -> frozenset[str]:
    """Return the names that a fixture has, and the module in which it stands."""
    function = inspect.unwrap(fixture)
    code = getattr(function, "__code__", None)
    return frozenset((*getattr(function, "__globals__", ()), *(code.co_names if code else ())))


def _generates_examples(item: pytest.Item) -> bool:
    function = getattr(item, "obj", None)
    names = set(function.__code__.co_names) if inspect.isfunction(function) else set()
    return is_hypothesis_test(function) or bool(names & GENERATING)


class Summary:
    """Says at the end of a run what was left out, and which files took how much of its time."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.left_out: Counter[str] = Counter()
        self.seconds: defaultdict[str, float] = defaultdict(float)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        # Each process collects everything: what one of them left out is what all of them did.
        self.left_out = Counter(getattr(node, "workeroutput", {}).get("left_out", self.left_out))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid.partition("::")[0]] += report.duration
        terminal = self.config.pluginmanager.get_plugin("terminalreporter")
        # A run of half an hour does not keep to itself until its end which test failed; processes
        # of xdist have no terminal.
        if report.failed and terminal is not None:
            terminal.ensure_newline()
            terminal.write_line(f"FAILED {report.nodeid} ({report.when})")

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        write = terminalreporter.write_line
        total = sum(self.seconds.values())
        if total > 60:
            write(f"The slowest of {len(self.seconds)} files, which took {total:.0f} s:")
            for name, seconds in self._slowest(SLOWEST_FILES):
                write(f"  {seconds:6.1f} s {seconds / total:4.0%}  {name}")
            is_default = not (self.config.getoption("--all") or self.config.getoption("--quick"))
            for name, seconds in self._slowest() if is_default else ():
                if seconds > total * LARGEST_SHARE:
                    write(f"MORE THAN {LARGEST_SHARE:.0%} of the default tier's time: {name}")
        if self.left_out:
            parts = ", ".join(f"{count} {reason}" for reason, count in self.left_out.most_common())
            runs = "" if self.config.getoption("--all") else " bin/test --all runs them."
            write(f"Left out of this tier: {parts}.{runs}")

    def _slowest(self, count: int | None = None) -> Iterator[tuple[str, float]]:
        yield from sorted(self.seconds.items(), key=lambda one: -one[1])[:count]
