"""Save a plan as segments: the rule of eligible customers, or lists of the chosen customers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.clock import now
from core.problems import Invalid, Locked, Problem
from core.text.formats import moment_shown, number_shown
from predictions.analytics.parts.selection import APPLIES_TO, Tree
from predictions.refusals import Refused
from predictions.strategies.catalogue import STRATEGIES
from predictions.strategies.plans.plan import ALL, Contact, Plan, plan
from predictions.strategies.question import BUDGET, Question
from predictions.strategies.strategy import PartingStrategy
from segments.draft import (
    CodeTaken,
    CustomersGone,
    check_code,
    create_list_segment,
    draft_segment,
    retry_without_erased,
)
from segments.export.customer_rows import customer_ids
from segments.models import Segment

SAVE_AS = "save_as"


def check_save_as(code: str) -> None:
    """Raise `Refused` (`code_taken`) for a code in use, and `Invalid` for a malformed code."""
    with _refusals():
        check_code(code)


def save_as_segment(tree: Tree, *, code: str, name: str, author: Any) -> Segment:
    """Store an inactive segment with this tree, for customers and guests.

    Raises what `check_save_as` raises.
    """
    with _refusals():
        return draft_segment(tree, applies_to=APPLIES_TO, code=code, name=name, author=author)


def check_contacts(question: Question, field: str) -> None:
    """Raise `Invalid` at `field` where the strategy contacts no customer."""
    if isinstance(STRATEGIES[question.strategy], PartingStrategy):
        text = _("This plan contacts nobody: there is no list of customers.")
        raise Invalid([Problem(field, "not_for_strategy", text)])


def save_as_lists(
    question: Question, *, code: str, name: str, author: Any
) -> tuple[Plan, list[Segment]]:
    """Return the plan with all contacts, and new active segments with lists of these contacts.

    The code of the segment is `code`; the strategy `budget` has a segment CODE-CAMPAIGN for each
    campaign, in their order. All segments are stored in one transaction. Raises what `plan` and
    `check_save_as` raise, and `Refused`: `list_too_long` and `customers_gone`. After an error
    nothing is stored.
    """
    question.check()
    check_contacts(question, SAVE_AS)
    for one, _title in _named(question, code, name):
        check_save_as(one)
    try:
        return retry_without_erased(lambda: _compute_and_save(question, code, name, author))
    except CustomersGone as error:
        raise Refused("customers_gone", str(error)) from error


def _compute_and_save(
    question: Question, code: str, name: str, author: Any
) -> tuple[Plan, list[Segment]]:
    found = plan(question, shown=ALL)
    description = _description(question, found)
    segments = []
    with _refusals(), transaction.atomic():
        for campaign, (one, title) in zip(
            _campaigns(question), _named(question, code, name), strict=True
        ):
            chosen = [each for each in found.contacts if each.campaign == campaign]
            numbers = _numbers(chosen)
            segments.append(
                create_list_segment(
                    numbers, code=one, name=title, description=description, author=author
                )
            )
    return found, segments


def _campaigns(question: Question) -> list[str]:
    """Return the codes of the campaigns; [""] for strategies without campaigns."""
    is_budget = question.strategy == BUDGET
    return [one.code for one in question.campaigns] if is_budget else [""]


def _named(question: Question, code: str, name: str) -> list[tuple[str, str]]:
    """Return (code, name) of each segment to create."""
    if question.strategy != BUDGET:
        return [(code, name)]
    return [(f"{code}-{one}", f"{name}: {one}") for one in _campaigns(question)]


def _numbers(contacts: Sequence[Contact]) -> list[str]:
    """Return the customer numbers of contacts. Raises CustomersGone where a contact was erased."""
    numbers = [number for _key, number in customer_ids([one.key for one in contacts])]
    if len(numbers) != len(contacts):
        raise CustomersGone
    return numbers


def _description(question: Question, found: Plan) -> str:
    """Return the description of the list: eligible customers, as-of time and budget."""
    text = _("Chosen of: %(sentence)s Scores as of %(time)s.")
    as_of = found.data["as_of"] or now()
    sentences = [
        text % {"sentence": found.data["sentence"], "time": moment_shown(as_of, with_year=True)}
    ]
    if question.budget is not None:
        text = _("Budget: %(budget)s.")
        sentences.append(text % {"budget": number_shown(question.budget)})
    return " ".join(sentences)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except CodeTaken as error:
        raise Refused("code_taken", str(error)) from error
    except Locked as error:
        raise Refused(error.problems[0].code, error.problems[0].message) from error
    except Invalid as error:
        found = [Problem(SAVE_AS, one.code, one.message) for one in error.problems]
        raise Invalid(found) from error
