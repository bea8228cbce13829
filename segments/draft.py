"""Creates segments for other apps.

A draft is inactive until a user activates it; `find_or_create_segment` and lists create active
segments.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.problems import Invalid, Locked, Problem
from customers.imports.named.named_customers import By, Name, Names, TooManyNames
from segments.database.locks import lock_definitions
from segments.editing.lists import MOST, ListTooLong, Verb, change_list
from segments.editing.saving import RESERVED_CODES, InvalidDefinition, create_segment
from segments.models import AppliesTo, RefreshMode, Segment
from segments.rules.definition import Definition, Handling, definition_of

T = TypeVar("T")
# An erasure is short, and erasures rarely concern the same list several times in a row.
TRIES = 3


class CodeTaken(ValueError):
    """Another segment already has the code."""


class CustomersGone(ValueError):
    """Customers of a new list were erased or deactivated meanwhile; nothing was stored."""

    def __init__(self) -> None:
        super().__init__(_("Customers of the list have just been erased: try again."))


def check_code(code: str) -> None:
    """Raise `CodeTaken` where a segment has the code, and `Invalid` where it is not allowed."""
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
    """Store an inactive segment with this tree, and return it.

    Raises `CodeTaken`, and `Invalid` for other problems; nothing is stored then.
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
    """Return the active segment with this name and tree, and whether it was created by this call.

    A segment with the name but changed conditions is not returned. Raises InvalidDefinition.
    """
    name = name.strip()  # As it is stored; a name cut at its longest may end at a blank.
    wanted = Definition(name=name, conditions=tree, applies_to=applies_to)
    with transaction.atomic():
        # The lock makes a repeated request find the segment of the first one.
        lock_definitions()
        for segment in Segment.objects.filter(name=name, is_active=True).order_by("pk"):
            if definition_of(segment) == wanted:
                return segment, False
        return create_segment(wanted, author=author).segment, True


def create_list_segment(
    numbers: Sequence[str], *, code: str, name: str, description: str, author: Any
) -> Segment:
    """Store an active segment with a list of exactly the customers with these customer numbers.

    Segment and list are stored in one transaction; registered customers and guests may be on the
    list. Raises `CodeTaken`, `Invalid` for other problems, `Locked` (`list_too_long`) and
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
    """Call `block`, which chooses customers and stores them as a list, and return its result.

    Calls the block again where it raises `CustomersGone`, because it then chooses other customers.
    Raises the last `CustomersGone` after `TRIES` tries.
    """
    for _try in range(TRIES - 1):
        try:
            return block()
        except CustomersGone:
            continue
    return block()
