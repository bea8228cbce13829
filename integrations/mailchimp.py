"""An audience in Mailchimp, by its REST API (3.0): a tag for each segment.

An audience has all recipients of the shop's mail from Mailchimp, so that a segment is a tag instead
of a list. New contacts are subscribed; a contact who has unsubscribed in Mailchimp stays
unsubscribed, and a customer who unsubscribes here is unsubscribed there. No contact is archived or
deleted.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from urllib.parse import quote

from django.utils.translation import gettext_noop

from campaigns.syncs.remote import Access, Answer, Person, Stopped
from core.text.sentences import Sentence
from integrations.json_api import JsonApi, Refused, Unreadable, id_of, unknown_person

# A key ends with the name of the centre where the account is.
KEY = re.compile(r"[A-Za-z0-9]+-(?P<centre>[a-z]{2}[0-9]{1,4})")
FIELDS = {"First Name": "FNAME", "Last Name": "LNAME"}
BIRTHDAY = "Birthday"
SUBSCRIBED, PENDING = "subscribed", "pending"


class Mailchimp:
    """The audience with the id `access.list`, and in it the tag of the segment."""

    def __init__(self, access: Access) -> None:
        key = KEY.fullmatch(access.key)
        if key is None:
            text = gettext_noop("A key of Mailchimp ends with “-” and the name of a data center.")
            raise Stopped(Sentence(text, {}))
        host = f"https://{key['centre']}.api.mailchimp.com"
        self._api = JsonApi(access, host, auth=("tranche", access.key))
        self._list, self._tag = f"/3.0/lists/{quote(access.list, safe='')}", access.segment

    def add(self, people: Sequence[Person]) -> Iterator[Answer]:
        """Create or update each contact and add the tag."""
        for person in people:
            try:
                yield self._added(person)
            except Refused as error:
                self._check_list(error)
                yield Answer(person.key, error=str(error))

    def remove(self, people: Sequence[Person]) -> Iterator[Answer]:
        """Remove the tag; also unsubscribe contacts who have no subscription in Tranche."""
        for person in people:
            name = person.remote_id or (_hash(person.address) if person.address else "")
            if not name:
                yield Answer(person.key, error=unknown_person("Mailchimp"))
                continue
            try:
                self._deactivate_member(person, name)
            except Refused as error:
                if error.status != HTTPStatus.NOT_FOUND or self._api.has(self._member(name)):
                    yield Answer(person.key, error=str(error))
                    continue
                self._check_list(error)
            yield Answer(person.key, person.remote_id)

    def _added(self, person: Person) -> Answer:
        fields = {name: person.values.get(head, "") for head, name in FIELDS.items()}
        if birthday := person.values.get(BIRTHDAY):
            fields["BIRTHDAY"] = birthday
        body = {
            "email_address": person.address,
            # The status of a contact that exists already is left as it is.
            "status_if_new": SUBSCRIBED,
            "merge_fields": fields,
        }
        said = self._api.call("PUT", self._member(_hash(person.address)), body)
        name, status = id_of(said.get("contact_id")), said.get("status")
        if status is None:
            raise Unreadable
        if status not in (SUBSCRIBED, PENDING):
            text = gettext_noop("%(status)s in Mailchimp: only they can change that")
            return Answer(person.key, name, Sentence(text, {"status": str(status)}))
        self._set_tag(name, "active")
        return Answer(person.key, name)

    def _deactivate_member(self, person: Person, name: str) -> None:
        self._set_tag(name, "inactive")
        if not person.is_subscribed:
            self._api.call("PATCH", self._member(name), {"status": "unsubscribed"})

    def _set_tag(self, name: str, status: str) -> None:
        body = {"tags": [{"name": self._tag, "status": status}]}
        self._api.tell("POST", f"{self._member(name)}/tags", body)

    def _member(self, name: str) -> str:
        return f"{self._list}/members/{quote(name, safe='')}"

    def _check_list(self, error: Refused) -> None:
        """Raise Stopped where `error` is a 404 because the audience does not exist."""
        if error.status == HTTPStatus.NOT_FOUND:
            try:
                self._api.call("GET", self._list)
            except Refused as missing:
                raise Stopped(str(missing)) from missing


def _hash(address: str) -> str:
    """Return Mailchimp's id of an address, its MD5 hash, which need not be secret."""
    return hashlib.md5(address.lower().encode(), usedforsecurity=False).hexdigest()
