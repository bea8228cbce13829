"""Parses behaviours from JSON, and reports the problems of invalid ones."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _

from core.clock import CLOCKS_APART
from core.problems import Problem
from customers.events.reading import ID_CHARACTERS, cell_of, moment_of, problem
from customers.imports.problems import BadCell
from personalization.intake.plain import MOST_DEPTH, Unstorable, is_too_deep, is_too_large, plain
from personalization.models.behavior.types import DEVICES, WEB, BehaviorType, behavior_type

MOST = 100
TOO_OLD = "too_old"
CUSTOMER_CHARACTERS, SKU_CHARACTERS, SKUS = 64, 255, 100
KEYS = ("behavior_type", "id", "customer_id", "occurred_at", "channel", "context", "data", "gpc")
IS_TYPE = re.compile(r"[a-z][a-z0-9_]{0,63}").fullmatch
IS_CHANNEL = re.compile(r"[a-z0-9_]{1,32}").fullmatch
CONTEXT_TEXTS = ("traffic_source", "referrer")
CONTEXT_NUMBERS = ("session_duration", "pages_viewed", "interaction_depth")


@dataclass(frozen=True, slots=True)
class Behavior:
    """One behaviour as it was sent; `path` is its place in a list, such as `[7]`.

    `id` is '' if the sender gave none. `is_timed`: whether the sender gave the time; otherwise the
    behaviour is dated now. `gpc`: the body says that the shopper's browser asks not to be tracked.
    """

    path: str
    type: BehaviorType
    id: str
    customer: str
    occurred_at: datetime
    is_timed: bool
    channel: str
    context: Mapping[str, Any]
    data: Mapping[str, Any]
    gpc: bool

    def place(self, key: str) -> str:
        """Return the path to one of its keys."""
        return f"{self.path}.{key}" if self.path else key

    @property
    def sku(self) -> str:
        """The product that it is about, '' for none."""
        sku = self.data.get("sku")
        return sku if isinstance(sku, str) else ""


@dataclass(frozen=True, slots=True)
class ReadBody:
    """The behaviours of a body, the problems of the invalid ones, and the number of these."""

    behaviors: list[Behavior]
    problems: list[Problem]
    wrong: int


def behaviors_in(body: Any, at: datetime, *, customer: str | None = None) -> ReadBody:
    """Read the body, one behaviour or a list of 1 to 100, taken at `at` (aware).

    `customer` is whose all are; then none says so itself.
    """
    if isinstance(body, list):
        if not 1 <= len(body) <= MOST:
            text = _("From 1 to %(most)s behaviours.") % {"most": MOST}
            return ReadBody([], [Problem("", "number_of_behaviors", text)], 1)
        given = [(f"[{number}]", one) for number, one in enumerate(body)]
    else:
        given = [("", body)]
    found: list[Behavior] = []
    problems: list[Problem] = []
    for path, one in given:
        reader = _Reader(path, one, at, customer)
        behavior = reader.read()
        if behavior is None:
            problems += reader.problems
        else:
            found.append(behavior)
    return ReadBody(found, problems, len(given) - len(found))


def read_row(given: Mapping[str, Any], at: datetime) -> tuple[Behavior | None, list[Problem]]:
    """Read the behaviour of a file's row, at `at`, however old; None where there are problems."""
    reader = _Reader("", given, at, None, may_be_old=True)
    return reader.read(), reader.problems


def wrong_moment(at: datetime, now: datetime) -> tuple[str, str] | None:
    """Return the code and the sentence where behaviour cannot be of the instant `at`."""
    if at > now + CLOCKS_APART:
        return "in_the_future", _("This is more than 5 minutes in the future.")
    days = settings.KEEP_BEHAVIOR_DAYS
    if days and at < now - timedelta(days=days):
        return TOO_OLD, _("Behaviour is kept for %(days)s days.") % {"days": days}
    return None


class _Reader:
    """Reads one behaviour; `problems` has its problems."""

    def __init__(
        self,
        path: str,
        given: Any,
        now: datetime,
        customer: str | None,
        *,
        may_be_old: bool = False,
    ) -> None:
        self.path, self.given, self.now, self.customer = path, given, now, customer
        self.may_be_old = may_be_old
        self.problems: list[Problem] = []

    def read(self) -> Behavior | None:
        """Return the behaviour; None if there are problems."""
        if not isinstance(self.given, Mapping):
            self._add("", "not_a_behavior", _("A behaviour is an object."))
            return None
        keys = [key for key in KEYS if self.customer is None or key != "customer_id"]
        for key in self.given:
            if key not in keys:
                text = _("A behaviour has no “%(key)s”.") % {"key": key}
                self._add(str(key), "unknown_field", text)
        kind = self._type()
        customer = self.customer
        if customer is None:
            customer = self._text("customer_id", CUSTOMER_CHARACTERS, is_needed=True)
        number = self._text("id", ID_CHARACTERS)
        at, is_timed = self._moment()
        channel = self._channel()
        context, data = self._object("context"), self._object("data")
        gpc = self.given.get("gpc")
        if gpc is not None and not isinstance(gpc, bool):
            self._add("gpc", "no_boolean", _("Either true or false."))
        if is_too_large(data, context):
            self._add("data", "too_large", _("At most 8 KB, data and context together."))
        if not self.problems:
            self._check_data(kind, data)
            self._check_context(context)
        if self.problems:
            return None
        context = {key: one for key, one in context.items() if one is not None}
        return Behavior(
            self.path, kind, number, customer, at, is_timed, channel, context, data, bool(gpc)
        )

    def _add(self, key: str, code: str, text: str) -> None:
        path = f"{self.path}.{key}" if self.path and key else self.path or key
        self.problems.append(Problem(path, code, text))

    def _refuse(self, key: str, code: str, value: Any = "") -> None:
        self._add(key, code, problem("", code, value).message)

    def _type(self) -> BehaviorType:
        name = self.given.get("behavior_type")
        if name in (None, ""):
            self._refuse("behavior_type", "missing")
        elif not isinstance(name, str) or not IS_TYPE(name):
            text = _("A type begins with a letter: at most 64 of a-z, 0-9 and _.")
            self._add("behavior_type", "behavior_type", text)
        return behavior_type(name if isinstance(name, str) else "")

    def _text(self, key: str, limit: int, *, is_needed: bool = False) -> str:
        value = self.given.get(key)
        if value in (None, ""):
            if is_needed:
                self._refuse(key, "missing")
            return ""
        return self._cell(key, value, limit)

    def _cell(self, key: str, value: Any, limit: int) -> str:
        try:
            cell = cell_of(value, models.CharField())
            if len(cell) > limit:
                raise BadCell("long")
        except BadCell as error:
            # Lists that are too deep to be written out come this far.
            self._refuse(key, error.code, value if isinstance(value, str) else "")
            return ""
        return cell

    def _moment(self) -> tuple[datetime, bool]:
        given = self.given.get("occurred_at")
        if given in (None, ""):
            return self.now, False
        at = moment_of(given)
        if at is None:
            text = _("A time of the calendar with its offset, such as 2026-04-10T12:00:00Z.")
            self._add("occurred_at", "no_time", text)
            return self.now, False
        wrong = wrong_moment(at, self.now)
        if wrong and (wrong[0] != TOO_OLD or not self.may_be_old):
            self._add("occurred_at", *wrong)
        return at, True

    def _channel(self) -> str:
        given = self.given.get("channel")
        if given is None:
            return WEB
        if not isinstance(given, str) or not IS_CHANNEL(given):
            self._add("channel", "channel", _("From 1 to 32 of a-z, 0-9 and _."))
        return str(given)

    def _object(self, key: str) -> dict[str, Any]:
        value = self.given.get(key)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self._add(key, "not_an_object", _("This is an object."))
            return {}
        if is_too_deep(value):
            text = _("At most %(depth)s objects or lists in one another.") % {"depth": MOST_DEPTH}
            self._add(key, "too_deep", text)
            return {}
        try:
            found: dict[str, Any] = plain(value, key)
        except Unstorable as error:
            self._refuse(error.path, error.code, error.value)
            return {}
        return found

    def _check_data(self, kind: BehaviorType, data: dict[str, Any]) -> None:
        for key in kind.required:
            value, at = data.get(key), f"data.{key}"
            if value in (None, "", []):
                self._refuse(at, "missing")
            elif key == "skus":
                self._check_skus(value)
            else:
                # A shop's numbers may come as numbers of JSON.
                limit = SKU_CHARACTERS if key == "sku" else 8 * 1024
                data[key] = self._cell(at, value, limit)
        if kind.name == "cart_added" and data.get("quantity") is not None:
            number = data["quantity"]
            if isinstance(number, bool) or not isinstance(number, int | float) or number <= 0:
                self._add("data.quantity", "number", _("A number above 0."))

    def _check_skus(self, value: Any) -> None:
        if not isinstance(value, list) or len(value) > SKUS:
            text = _("A list of at most %(most)s SKUs.") % {"most": SKUS}
            self._add("data.skus", "not_a_list", text)
            return
        for number, one in enumerate(value):
            value[number] = self._cell(f"data.skus[{number}]", one, SKU_CHARACTERS)

    def _check_context(self, context: Mapping[str, Any]) -> None:
        for key, code, text in _faults(context):
            self._add(f"context.{key}", code, text)


def _faults(context: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield the problems of a context: the key, a code, a sentence."""
    for key, value in context.items():
        if key == "device":
            is_device = isinstance(value, str) and value in DEVICES
            if value is not None and not is_device:
                yield key, "choice", _("One of: %(choices)s.") % {"choices": ", ".join(DEVICES)}
        elif key in CONTEXT_TEXTS:
            if value is not None and not isinstance(value, str):
                yield key, "no_text", _("This is a text.")
        elif key in CONTEXT_NUMBERS:
            is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
            if value is not None and not (is_number and value >= 0):
                yield key, "number", _("A number from 0 on.")
        else:
            yield key, "unknown_field", _("A context has no “%(key)s”.") % {"key": key}
