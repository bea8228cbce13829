"""Segments that other apps make of what they have found.

A draft is switched off until somebody wants it; one that is written to at once is active, and so is
a list.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.problems import Invalid, Locked, Problem
from customers.imports.named_customers import By, Name, Names, TooManyNames
from segments.database.locks import lock_definitions
from segments.editing.lists import MOST, ListTooLong, Verb, change_list
from segments.editing.saving import RESERVED_CODES, InvalidDefinition, create_segment
from segments.models import AppliesTo, RefreshMode, Segment
from segments.rules.definition import Definition, Handling, definition_of

T = TypeVar("T")
# An erasure takes a moment; nobody erases customers of the same list again and again.
TRIES = 3


class CodeTaken(ValueError):
    """A segment has the code already."""


class CustomersGone(ValueError):
    """Customers of a new list were erased or switched off meanwhile; nothing was stored."""

    def __init__(self) -> None:
        super().__init__(_("Customers of the list have just been erased: try again."))


def check_code(code: str) -> None:
    """Raise `CodeTaken` where a segment has the code, `Invalid` where none may have it."""
    try:
        Segment._meta.get_field("code").run_validators(code)
    except ValidationError as error:
        raise Invalid([Problem("code", "invalid", str(error.messages[0]))]) from error
    if not code:
        raise Invalid([Problem("code", "required", _("A segment needs a code."))])
    if code in RESERVED_CODES:
        text = _("“%(code)s” is an address of the API: choose another code.")
        raise Invalid([Problem("code", "reserved", text % {"code": code})])
    if Segment.objects.filter(code=code).exists():
        raise CodeTaken(_("There is a segment “%(code)s” already.") % {"code": code})


def draft_segment(tree: Any, *, applies_to: str, code: str, name: str, author: Any) -> Segment:
    """Store an inactive segment of just this tree, and return it.

    Raises as `check_code`, and `Invalid` for whatever else is wrong; nothing is stored then.
    """
    check_code(code)
    definition = Definition(name=name, conditions=tree, applies_to=applies_to)
    try:
        saved = create_segment(definition, Handling(is_active=False), code=code, author=author)
    except InvalidDefinition:
        check_code(code)  # Somebody may have taken it meanwhile.
        raise
    return saved.segment


def find_or_create_segment(
    name: str, tree: Any, *, applies_to: str, author: Any
) -> tuple[Segment, bool]:
    """Return the active segment of this name and just this tree, and whether it was made now.

    One of the name whose conditions were changed is another. Raises InvalidDefinition.
    """
    wanted = Definition(name=name, conditions=tree, applies_to=applies_to)
    with transaction.atomic():
        # A button that is pressed twice finds what it has just made.
        lock_definitions()
        for segment in Segment.objects.filter(name=name, is_active=True).order_by("pk"):
            if definition_of(segment) == wanted:
                return segment, False
        return create_segment(wanted, author=author).segment, True


def create_list_segment(
    numbers: Sequence[str], *, code: str, name: str, description: str, author: Any
) -> Segment:
    """Store an active segment with a list of exactly the customers with these ids of the shop.

    The list is stored in one transaction; registered customers and guests may be on it. Raises as
    `check_code`, `Invalid` for whatever else is wrong, `Locked` (`list_too_long`) and
    `CustomersGone`; nothing is stored then.
    """
    check_code(code)
    definition = Definition(name=name, description=description, applies_to=AppliesTo.BOTH)
    handling = Handling(refresh_mode=RefreshMode.LIST)
    names = Names(By.ID, (Name(place, number) for place, number in enumerate(numbers)))
    with transaction.atomic():
        try:
            segment = create_segment(definition, handling, code=code, author=author).segment
        except InvalidDefinition:
            check_code(code)  # Somebody may have taken it meanwhile.
            raise
        try:
            counts = change_list(segment, Verb.ADD, names, skip_unknown=True, author=author)
        except (ListTooLong, TooManyNames) as error:
            text = _("A list has %(most)s customers at most.") % {"most": f"{MOST:,}"}
            raise Locked([Problem("", "list_too_long", text)]) from error
        if counts.members_count != len(numbers):
            raise CustomersGone
    segment.refresh_from_db()
    return segment


def retry_without_erased(block: Callable[[], T]) -> T:
    """Return what `block` returns, which chooses customers and stores them as a list.

    Call the block again where it raises `CustomersGone`: it then chooses without those customers.
    Raises the last `CustomersGone` after some tries.
    """
    for _try in range(TRIES - 1):
        try:
            return block()
        except CustomersGone:
            continue
    return block()
