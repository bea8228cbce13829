"""A list in Brevo, by its REST API (v3).

Contacts on Brevo's blacklist stay there: no request changes that.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext_noop

from campaigns.syncs.remote import Access, Answer, Person, Stopped
from core.text.sentences import Sentence
from integrations.json_api import JsonApi, Refused, id_of, unknown_person

HOST = "https://api.brevo.com"
NUMBER = "EXT_ID"
SEGMENTS = "TRANCHE_SEGMENTS"
# The most contacts that one request may remove.
MOST = 150
# Brevo's error code for a value that another contact has.
TAKEN = "duplicate_parameter"
ID = re.compile(r"[0-9]{1,128}")


class Brevo:
    """A list with the number `access.list`."""

    def __init__(self, access: Access) -> None:
        if not (access.list.isascii() and access.list.isdigit()):
            raise Stopped(Sentence(gettext_noop("A list of Brevo is called by its number."), {}))
        self._list = int(access.list)
        self._api = JsonApi(access, HOST, headers={"api-key": access.key})
        self._is_there = False

    def add(self, people: Sequence[Person]) -> Iterator[Answer]:
        """Create or update each contact and add it to the list."""
        for person in people:
            try:
                yield Answer(person.key, self._write(person))
            except Refused as error:
                self._check_list()
                yield Answer(person.key, error=str(error))

    def remove(self, people: Sequence[Person]) -> Iterator[Answer]:
        """Remove contacts from the list; update the segments of those who are still customers."""
        known = []
        for person in people:
            if name := _name(person):
                self._say_segments(person, name)
                known.append(person)
            else:
                yield Answer(person.key, error=unknown_person("Brevo"))
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
            said = self._api.tell("POST", "/v3/contacts", body)
        except Refused as error:
            if error.code != TAKEN or not number:
                raise
            # Another contact has the number, such as the customer's contact with a former address.
            said = self._api.tell("POST", "/v3/contacts", body | {"attributes": attributes})
        if said is None:
            # The contact existed: Brevo's response to an update has no body.
            if person.remote_id:
                return person.remote_id
            said = self._api.call("GET", _contact(person.address))
        return id_of(said.get("id"), ID)

    def _say_segments(self, person: Person, name: str) -> None:
        if SEGMENTS in person.values:
            body = {"attributes": {SEGMENTS: person.values[SEGMENTS]}}
            # Removing the contact from the list matters more.
            with suppress(Refused):
                self._api.tell("PUT", _contact(name), body)

    def _take_off(self, what: str, people: Sequence[Person]) -> Iterator[Answer]:
        named = [int(one.remote_id) if what == "ids" else one.address for one in people]
        if not named:
            return
        path = f"/v3/contacts/lists/{self._list}/contacts/remove"
        try:
            said = self._api.call("POST", path, {what: named})
            why: Sentence | str = Sentence(gettext_noop("not removed"), {})
        except Refused as error:
            self._check_list()
            if len(people) > 1:
                for one in people:
                    yield from self._take_off(what, [one])
                return
            said, why = {}, str(error)
        removed = _removed_contacts(said)
        for one, name in zip(people, named, strict=True):
            # Brevo does not report contacts as removed that were not in the list.
            is_out = name in removed or not self._is_in_list(one)
            yield Answer(one.key, one.remote_id, None if is_out else why)

    def _is_in_list(self, person: Person) -> bool:
        """Return whether a contact is in the list; True where that is not known."""
        try:
            lists = self._api.call("GET", _contact(_name(person))).get("listIds")
        except Refused as error:
            return error.status != HTTPStatus.NOT_FOUND
        return not isinstance(lists, list) or self._list in lists

    def _check_list(self) -> None:
        """Raise Stopped where the list does not exist; asked after refusals until it is found."""
        if self._is_there:
            return
        try:
            self._api.call("GET", f"/v3/contacts/lists/{self._list}")
        except Refused as missing:
            raise Stopped(str(missing)) from missing
        self._is_there = True


def _name(person: Person) -> str:
    return person.remote_id or person.address


def _contact(name: str) -> str:
    return f"/v3/contacts/{quote(name, safe='')}"


def _removed_contacts(said: Mapping[str, Any]) -> list[Any]:
    """Return the ids or addresses that an answer says were removed."""
    contacts = said.get("contacts")
    found = contacts.get("success") if isinstance(contacts, dict) else None
    return found if isinstance(found, list) else []
