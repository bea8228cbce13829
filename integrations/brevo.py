"""A list in Brevo, by its REST API (v3).

Who is blacklisted there stays so: nothing here says anything about that.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from campaigns.syncs.remote import Access, Answer, Person, Stopped
from integrations.json_api import JsonApi, Refused

HOST = "https://api.brevo.com"
NUMBER = "EXT_ID"
SEGMENTS = "TRANCHE_SEGMENTS"
# As many may be removed in one request.
MOST = 150
# What Brevo says of a value that another contact has, and where there is nobody to remove.
TAKEN, NOBODY = "duplicate_parameter", "already removed"


class Brevo:
    """A list with the number `access.list`."""

    def __init__(self, access: Access) -> None:
        if not (access.list.isascii() and access.list.isdigit()):
            raise Stopped("a list of Brevo is a number")
        self._list = int(access.list)
        self._api = JsonApi(access, HOST, headers={"api-key": access.key})
        self._is_there = False

    def add(self, people: Sequence[Person]) -> Iterator[Answer]:
        """Write each contact, with the list among theirs."""
        for person in people:
            try:
                yield Answer(person.key, self._write(person))
            except Refused as error:
                self._check_list()
                yield Answer(person.key, error=str(error))

    def remove(self, people: Sequence[Person]) -> Iterator[Answer]:
        """Take contacts off the list; where they still are customers, their segments are said."""
        known = []
        for person in people:
            if name := _name(person):
                self._say_segments(person, name)
                known.append(person)
            else:
                yield Answer(person.key, error="nobody knows what Brevo calls them")
        by_id = [person for person in known if person.remote_id]
        by_address = [person for person in known if not person.remote_id]
        for what, group in (("ids", by_id), ("emails", by_address)):
            for start in range(0, len(group), MOST):
                yield from self._take_off(what, group[start : start + MOST])

    def _write(self, person: Person) -> str:
        """Make or change a contact, and return its id."""
        attributes = {
            head: value for head, value in person.values.items() if head not in ("EMAIL", NUMBER)
        }
        number = {NUMBER: person.values[NUMBER]} if person.values.get(NUMBER) else {}
        body: dict[str, Any] = {
            "email": person.address,
            "attributes": attributes | number,
            "listIds": [self._list],
            "updateEnabled": True,
        }
        try:
            said = self._api.call("POST", "/v3/contacts", body)
        except Refused as error:
            if error.code != TAKEN or not number:
                raise
            # Another contact has their number, such as that of their former address.
            said = self._api.call("POST", "/v3/contacts", body | {"attributes": attributes})
        if "id" not in said and not person.remote_id:
            # It was there; then nothing is answered.
            said = self._api.call("GET", f"/v3/contacts/{quote(person.address, safe='')}")
        return str(said.get("id") or person.remote_id)

    def _say_segments(self, person: Person, name: str) -> None:
        if SEGMENTS in person.values:
            body = {"attributes": {SEGMENTS: person.values[SEGMENTS]}}
            # That they are taken off the list matters more.
            with suppress(Refused):
                self._api.call("PUT", f"/v3/contacts/{quote(name, safe='')}", body)

    def _take_off(self, what: str, people: Sequence[Person]) -> Iterator[Answer]:
        named = [int(one.remote_id) if what == "ids" else one.address for one in people]
        if not named:
            return
        path = f"/v3/contacts/lists/{self._list}/contacts/remove"
        try:
            self._api.call("POST", path, {what: named})
        except Refused as error:
            self._check_list()
            # That none of them is in the list is what is wanted.
            if NOBODY not in str(error):
                yield from (Answer(one.key, error=str(error)) for one in people)
                return
        yield from (Answer(one.key, one.remote_id) for one in people)

    def _check_list(self) -> None:
        """Raise Stopped where the list is not there: asked once, when something is refused."""
        if self._is_there:
            return
        try:
            self._api.call("GET", f"/v3/contacts/lists/{self._list}")
        except Refused as missing:
            raise Stopped(f"{missing.status} {missing}") from missing
        self._is_there = True


def _name(person: Person) -> str:
    return person.remote_id or person.address
