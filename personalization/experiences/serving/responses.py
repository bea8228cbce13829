"""Make the response to a page that requests experiences: a variant or default per element.

Quick elements are made at once. Elements that may take long (conditions that are evaluated live,
recommendations, content) are made by other threads, one for each response; an element that is not
ready by the deadline shows its default.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django.db import IntegrityError, OperationalError
from django.utils.translation import gettext as _

from core.database.idle_timeouts import is_deadlock
from core.problems import Invalid, Problem
from customers.models import Customer, Website
from customers.models.shop import DEFAULT_WEBSITE
from personalization.experiences.content.rendering import (
    Reader,
    immediate_content,
    render_content,
    takes_time,
)
from personalization.experiences.serving.assignments import Assigned
from personalization.experiences.serving.catalogue import (
    Catalogue,
    Element,
    Running,
    Variant,
    catalogue,
)
from personalization.experiences.serving.choosing import (
    Asking,
    Choice,
    Loser,
    Reason,
    Why,
    choose,
    needs_time,
    sentence_of,
)
from personalization.experiences.serving.confidence import UNKNOWN
from personalization.experiences.serving.exposure_storage import Shown, note
from personalization.experiences.serving.goal_choice import choose_by_goals, chooses_by_goals
from personalization.experiences.serving.shopper import Shopper, find_customer
from personalization.experiences.serving.worker_pool import run_within
from personalization.goals.evidence import Evidence, evidence_of
from personalization.goals.weights import Goals

# A merge or an erasure of the shopper may be committed meanwhile.
TRIES = 3


class InvalidExperience(Invalid):
    """Raised for a request with unknown names; `problems` holds every finding."""


@dataclass(frozen=True)
class Asked:
    """The request of a page: `elements` are codes of placements, None for all of the page.

    `at` is aware; `deadline` is one of `time.monotonic`. With `preview` all variants are evaluated
    and nothing is stored; `as_of` is then the instant that was given, else None.
    """

    page_type: str
    customer: Customer | None
    at: datetime
    deadline: float
    elements: Sequence[str] | None = None
    website: str | None = None
    context: Mapping[str, str] = field(default_factory=dict)
    # Weights by goal, or a list of names.
    goals: Goals = ()
    preview: bool = False
    as_of: datetime | None = None
    # The browser asks not to be tracked.
    is_untracked: bool = False
    # The requesting user may read the customer's name.
    may_name: bool = True
    # The requesting user, for the audit log.
    author: Any = None
    # Escapes texts for HTML.
    for_html: bool = True


@dataclass(frozen=True)
class Served:
    """An element as shown; `withheld` is the variant that the holdout withholds ('': none).

    `experiment` is the experiment of the variant. `tried` is an experiment with the variant that
    the shopper is assigned, whether that variant was ready in time or not: leaving out customers
    for a variant's slowness would thin out one arm only. `shows_default`: the variant has the
    default's content.
    """

    element: str
    variant: str | None
    content: Mapping[str, Any]
    confidence: float
    reason: Reason
    withheld: str = ""
    losers: Sequence[Loser] = ()
    experiment: Running | None = None
    tried: tuple[Running, str] | None = None
    shows_default: bool = False

    @property
    def lift(self) -> Mapping[str, Any] | None:
        """The lift of the variant as measured by the experiment; None before the planned size."""
        return self.experiment.lifts.get(self.variant or "") if self.experiment else None


@dataclass(frozen=True)
class Answer:
    """All elements of a response, in the order of the request."""

    id: str
    served: str
    is_held_out: bool
    elements: Sequence[Served]


@dataclass(frozen=True)
class Made:
    """A response of which nothing is stored yet."""

    asked: Asked
    answer: Answer
    assigned: Assigned


def serve(asked: Asked) -> Answer:
    """Return the response and store its exposures; raises InvalidExperience."""
    made = make(asked)
    if not asked.preview:
        store_exposures(made)
    return made.answer


def make(asked: Asked) -> Made:
    """Return the response without storing anything; raises InvalidExperience."""
    known = catalogue()
    elements = _elements(asked, known)
    shopper = Shopper(asked.customer, asked.at)
    running = [one.experiment for one in elements if one.experiment is not None]
    assigned = Assigned(shopper, running, is_untracked=asked.is_untracked)
    making = _Making(asked, assigned, known)
    making.make(elements)
    found = making.found
    reasons = {one.reason.code for one in found}
    personalized = any(one.variant is not None for one in found)
    served = "personalized" if personalized else "default"
    if Why.DEADLINE in reasons:
        served = "deadline"
    answer = Answer(new_ulid(asked.at), served, shopper.is_held_out, found)
    return Made(asked, answer, assigned)


def store_exposures(made: Made) -> None:
    """Store the exposures of a response, at the instant for which it was made.

    Nothing is stored for a customer who has been erased; for a merged guest, they are stored for
    the customer into which the guest was merged.
    """
    asked, answer, assigned = made.asked, made.answer, made.assigned
    shopper, customer = assigned.shopper, asked.customer
    new = assigned.new([one.tried for one in answer.elements if one.tried])
    for attempt in range(1, TRIES + 1):
        try:
            note(
                answer.id,
                [_exposure_of(one) for one in answer.elements],
                customer=customer,
                is_tracked=not asked.is_untracked and shopper.may_be_tracked,
                is_held_out=shopper.is_held_out,
                at=asked.at,
                page_type=asked.page_type,
                goals=asked.goals,
                visit=asked.context,
                served=answer.served,
                author=asked.author,
                assigned=new if customer else (),
            )
            return
        except (IntegrityError, OperationalError) as error:
            is_theirs = isinstance(error, IntegrityError) or is_deadlock(error)
            if customer is None or attempt == TRIES or not is_theirs:
                raise
            customer = find_customer(customer.external_id)
            for one in new:
                one.customer = customer


# An element that takes time, and the function that makes it.
Later = tuple[str, Callable[[], Served]]


class _Making:
    """A response while its elements are made."""

    def __init__(self, asked: Asked, assigned: Assigned, known: Catalogue) -> None:
        self.asked, self.assigned, self.shopper = asked, assigned, assigned.shopper
        self.asking = Asking(self.shopper, asked.context, known.segment_names)
        self._order: list[str] = []
        self._made: dict[str, Served] = {}
        # By element.
        self._tried: dict[str, tuple[Running, str]] = {}
        self._evidence: Mapping[str, Evidence] = {}

    @property
    def found(self) -> list[Served]:
        return [self._made[code] for code in self._order]

    def make(self, elements: Sequence[Element]) -> None:
        """Make all elements; defaults stand for those that are not ready by the deadline."""
        self._order = [one.code for one in elements]
        # Read before another thread needs them, which has another database connection.
        refuses, held_out = self.shopper.refuses_personalization, self.shopper.is_held_out
        if self.shopper.customer is not None and not refuses:
            _loaded = self.shopper.segments
            _stored = self.assigned.stored
        by_goals = [one.code for one in elements if chooses_by_goals(one)]
        if by_goals and not refuses:
            self._evidence = evidence_of(by_goals)
        slow: list[Later] = []
        for element in elements:
            if refuses:
                self._default(element, Why.NO_CONSENT, slow)
            elif self._needs_time(element) or self.asked.preview:
                slow.append((element.code, partial(self._serve_element, element)))
            else:
                choice = self._choice(element)
                if held_out:
                    self._withhold_element(element, choice, slow)
                elif takes_time(self._content(element, choice)):
                    slow.append((element.code, partial(self._show, element, choice)))
                else:
                    self._made[element.code] = self._show(element, choice)
        if slow:
            self._wait(slow)
        for element in elements:
            if element.code not in self._made:
                self._made[element.code] = _too_late(
                    element, self._tried.get(element.code), self.asked
                )

    def _wait(self, slow: list[Later]) -> None:
        # Results after the deadline are written to a dictionary that nobody reads any more.
        ready: dict[str, Served] = {}

        def work() -> None:
            for code, make in slow:
                ready[code] = make()

        run_within(work, self.asked.deadline)
        self._made |= dict(ready)

    def _serve_element(self, element: Element) -> Served:
        """Choose a variant and render it, however long that takes."""
        choice = self._choice(element)
        if not self.shopper.is_held_out:
            return self._show(element, choice)
        return self._of_default(element, Why.HOLDOUT, choice)

    def _needs_time(self, element: Element) -> bool:
        experiment = element.experiment
        if experiment is not None and self.assigned.needs_time(experiment):
            return True
        return needs_time(element, self.asking)

    def _choice(self, element: Element) -> Choice:
        """Return the choice; the variant that an experiment assigned precedes every priority."""
        code = self.assigned.variant(element.experiment) if element.experiment else None
        if code is None or element.experiment is None:
            if chooses_by_goals(element):
                return choose_by_goals(
                    element,
                    self.asking,
                    self.asked.goals,
                    self._evidence[element.code],
                    with_segments=self.asked.preview,
                )
            return choose(element, self.asking, all_of_them=self.asked.preview)
        self._tried[element.code] = element.experiment, code
        text = _("Takes part in the experiment “%(code)s”.") % {"code": element.experiment.code}
        reason = Reason(Why.EXPERIMENT, (), text)
        return Choice(
            _variant_of_experiment(element, element.experiment, code),
            reason,
            _outranked_variants(element),
        )

    def _withhold_element(self, element: Element, choice: Choice, slow: list[Later]) -> None:
        make = partial(self._of_default, element, Why.HOLDOUT, choice)
        self._now_or_later(element, make, slow)

    def _default(self, element: Element, why: Why, slow: list[Later]) -> None:
        self._now_or_later(element, partial(self._of_default, element, why, None), slow)

    def _now_or_later(
        self, element: Element, make: Callable[[], Served], slow: list[Later]
    ) -> None:
        if takes_time(element.default):
            slow.append((element.code, make))
        else:
            self._made[element.code] = make()

    def _of_default(self, element: Element, why: Why, choice: Choice | None) -> Served:
        """Return the default, which does not depend on the shopper."""
        withheld = choice.variant.code if choice and choice.variant else ""
        reader = Reader(
            None,
            self.asked.at,
            as_of=self.asked.as_of,
            website=_website_of(self.asked),
            page_type=self.asked.page_type,
            may_offer=why is not Why.HOLDOUT,
            for_html=self.asked.for_html,
        )
        return Served(
            element.code,
            None,
            render_content(element.default, reader),
            UNKNOWN,
            Reason(why, (), sentence_of(why)),
            withheld,
            choice.losers if choice else (),
        )

    def _show(self, element: Element, choice: Choice) -> Served:
        segments = choice.reason.segments
        reader = Reader(
            self.shopper.customer,
            self.asked.at,
            self.asking.segment_names.get(segments[0], "") if segments else "",
            self.asked.as_of,
            self.asked.may_name,
            _algorithm(element, choice),
            _website_of(self.asked),
            self.asked.page_type,
            for_html=self.asked.for_html,
        )
        content = render_content(self._content(element, choice), reader)
        variant, tried = choice.variant, self._tried.get(element.code)
        return Served(
            element.code,
            variant.code if variant else None,
            content,
            variant.confidence if variant else UNKNOWN,
            choice.reason,
            losers=choice.losers,
            experiment=tried[0] if tried else None,
            tried=tried,
            shows_default=tried is not None and _is_default(*tried),
        )

    def _content(self, element: Element, choice: Choice) -> Mapping[str, Any]:
        return choice.variant.content if choice.variant else element.default


def _variant_of_experiment(element: Element, experiment: Running, code: str) -> Variant:
    """Return an experiment's variant as a variant of its placement; empty content: the default."""
    content = experiment.contents.get(code, element.default)
    return Variant(code, None, {}, False, 0, None, None, True, content, UNKNOWN, 0)


def _is_default(experiment: Running, code: str) -> bool:
    """Return whether a variant of an experiment is just the default."""
    return code not in experiment.contents and code not in experiment.algorithms


def _outranked_variants(element: Element) -> list[Loser]:
    text = _("An experiment goes before it.")
    return [Loser(one.code, Reason(Why.OUTRANKED, (), text)) for one in element.variants]


def _algorithm(element: Element, choice: Choice) -> str | None:
    """Return the algorithm that an experiment assigns for personal lists; None: the one in use."""
    if choice.reason.code is not Why.EXPERIMENT or not element.experiment or not choice.variant:
        return None
    return element.experiment.algorithms.get(choice.variant.code)


def _exposure_of(one: Served) -> Shown:
    content = one.content
    pieces = content.get("items", ()) if content.get("type") == "content_blocks" else ()
    codes = [str(piece["code"]) for piece in pieces]
    experiment = one.tried[0].code if one.tried else ""
    offers = [str(offer["code"]) for offer in content.get("offers", ())]
    return Shown(
        one.element,
        one.variant or "",
        one.withheld,
        one.reason.code,
        codes,
        experiment,
        offers,
        one.shows_default,
    )


def _too_late(element: Element, tried: tuple[Running, str] | None, asked: Asked) -> Served:
    reason = Reason(Why.DEADLINE, (), sentence_of(Why.DEADLINE))
    content = immediate_content(element.default, asked.at, for_html=asked.for_html)
    return Served(element.code, None, content, UNKNOWN, reason, tried=tried)


def _website_of(asked: Asked) -> str:
    if asked.website is not None:
        return asked.website
    return asked.customer.website.code if asked.customer else DEFAULT_WEBSITE


def _elements(asked: Asked, known: Catalogue) -> list[Element]:
    """Return the requested elements; raises InvalidExperience for unknown ones."""
    website = _website_of(asked)
    if asked.website is not None and not Website.objects.filter(code=website).exists():
        text = _("There is no website “%(code)s”.") % {"code": website}
        raise InvalidExperience([Problem("website", "unknown_website", text)])
    if asked.elements is None:
        return known.of_page(asked.page_type, website)
    problems, found = [], []
    for index, code in enumerate(asked.elements):
        element = known.elements.get(code)
        if element is None or element.website not in (None, website):
            text = _("There is no place “%(code)s” on this website.") % {"code": code}
            path = f"elements_to_personalize[{index}]"
            problems.append(Problem(path, "unknown_placement", text))
        elif element.is_active and element not in found:
            found.append(element)
    if problems:
        raise InvalidExperience(problems)
    return found


# Crockford's base 32: without I, L, O and U.
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH, RANDOM_BITS = 26, 80


def new_ulid(at: datetime) -> str:
    """Return a ULID of an aware instant: 48 bits of milliseconds since 1970, and 80 random ones.

    ULIDs sort by time, and any process makes one without asking another.
    """
    number = (round(at.timestamp() * 1000) << RANDOM_BITS) | secrets.randbits(RANDOM_BITS)
    return "".join(DIGITS[(number >> 5 * place) & 31] for place in reversed(range(LENGTH)))
