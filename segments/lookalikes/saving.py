"""Look-alikes as a segment with a list of exactly the chosen customers."""

from typing import Any

from django.utils.translation import gettext as _

from core.problems import Invalid, Locked, Problem
from core.text.formats import moment_shown, number_shown
from segments.draft import (
    CodeTaken,
    CustomersGone,
    check_code,
    create_list_segment,
    retry_without_erased,
)
from segments.lookalikes.finding import find_lookalikes
from segments.lookalikes.question import LookalikeQuestion
from segments.lookalikes.result import Lookalikes
from segments.models import Segment

SAVE_AS = "save_as"


def save_lookalikes(
    segment: Segment,
    question: LookalikeQuestion,
    *,
    code: str,
    name: str = "",
    override_reason: str = "",
    author: Any,
) -> tuple[Lookalikes, Segment]:
    """Return the look-alikes and the new active segment with a list of exactly these customers.

    Raises as `find_lookalikes`; `Invalid` at `save_as` for a code that no segment may have; and
    `Locked` with the code `code_taken`, `nobody_chosen`, `no_better_than_chance` (without an
    `override_reason`), `list_too_long` or `customers_gone`. Nothing is stored then.
    """

    def find_and_save() -> tuple[Lookalikes, Segment]:
        found = find_lookalikes(segment, question)
        _check_answer(found, override_reason)
        saved = create_list_segment(
            [one.id for one in found.chosen],
            code=code,
            name=name or _("Look-alikes of %(name)s") % {"name": segment.name},
            description=_description(segment, found, override_reason),
            author=author,
        )
        return found, saved

    try:
        check_code(code)
        return retry_without_erased(find_and_save)
    except CodeTaken as error:
        raise Locked([Problem("", "code_taken", str(error))]) from error
    except CustomersGone as error:
        raise Locked([Problem("", "customers_gone", str(error))]) from error
    except Locked:
        raise
    except Invalid as error:
        raise Invalid([_at_save_as(one) for one in error.problems]) from error


def _at_save_as(problem: Problem) -> Problem:
    """Return a problem with the code of the new segment as one with `save_as`."""
    return problem if problem.path != "code" else Problem(SAVE_AS, problem.code, problem.message)


def _check_answer(found: Lookalikes, override_reason: str) -> None:
    if not found.size:
        text = _("Nobody resembles the segment: there is no list to save.")
        raise Locked([Problem("", "nobody_chosen", text)])
    if not found.is_better_than_chance and not override_reason.strip():
        text = _(
            "The look-alikes are found no better than by chance. Give a reason to save them all "
            "the same."
        )
        raise Locked([Problem("", "no_better_than_chance", text)])


def _description(segment: Segment, found: Lookalikes, override_reason: str) -> str:
    sentences = [
        _(
            "%(count)s look-alikes of the segment “%(code)s” as of %(time)s, found by their "
            "purchases among %(scope)s customers. The list stays as it is: find look-alikes once "
            "more to renew it."
        )
        % {
            "count": number_shown(found.size),
            "code": segment.code,
            "time": moment_shown(found.as_of, with_year=True),
            "scope": number_shown(found.scope_count),
        }
    ]
    if not found.is_better_than_chance:
        text = _("Saved although found no better than by chance. Reason: %(reason)s")
        sentences.append(text % {"reason": override_reason.strip()})
    return " ".join(sentences)
