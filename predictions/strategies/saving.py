"""A plan as a segment: who is eligible, to be used as any other."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from core.problems import Invalid, Problem
from predictions.analytics.choosing import APPLIES_TO, Tree
from predictions.refusals import Refused
from segments.draft import CodeTaken, check_code, draft_segment
from segments.models import Segment

SAVE_AS = "save_as"


def check_save_as(code: str) -> None:
    """Raise `Refused` (`code_taken`) where a segment has the code, `Invalid` where none may."""
    with _refusals():
        check_code(code)


def save_as_segment(tree: Tree, *, code: str, name: str, author: Any) -> Segment:
    """Store an inactive segment of just this tree, guests too; raises as `check_save_as`."""
    with _refusals():
        return draft_segment(tree, applies_to=APPLIES_TO, code=code, name=name, author=author)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except CodeTaken as error:
        raise Refused("code_taken", str(error)) from error
    except Invalid as error:
        found = [Problem(SAVE_AS, one.code, one.message) for one in error.problems]
        raise Invalid(found) from error
