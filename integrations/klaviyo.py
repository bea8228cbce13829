"""A list in Klaviyo, by its own library.

Consent is not touched: a profile in a list is not thereby subscribed, and a suppressed profile
stays suppressed.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from klaviyo_api import KlaviyoAPI
from openapi_client.exceptions import OpenApiException

from campaigns.syncs.remote import Access, Answer, Person, Stopped
from integrations.json_api import (
    Refused,
    Unreadable,
    ask_for_object,
    id_of,
    no_answer,
    unknown_person,
)
from integrations.total_timeout import Patience

SEGMENTS = "Tranche Segments"
NAMES = {"First Name": "first_name", "Last Name": "last_name"}
# Properties that are unique to a profile: another profile may have the value already.
OWN = {"External ID": "external_id", "Phone Number": "phone_number"}
COUNTRY = "Country"


class Klaviyo:
    """A list with the id `access.list`."""

    def __init__(self, access: Access) -> None:
        api = KlaviyoAPI(access.key, test_host=access.host)
        pools = api.api_client.rest_client.pool_manager
        # The sync decides about retries, and a redirect would send the key to another host.
        pools.connection_pool_kw["retries"] = False
        self._patience = Patience()
        self._patience.watch(pools)
        self._access, self._profiles, self._lists = access, api.Profiles, api.Lists

    def add(self, people: Sequence[Person]) -> Iterator[Answer]:
        """Create or update each profile, then add all of them to the list."""
        written = []
        for person in people:
            try:
                written.append((person.key, self._write(person)))
            except Refused as error:
                yield Answer(person.key, error=str(error))
        add = self._lists.add_profiles_to_list_without_preload_content
        yield from self._in_list(add, written)

    def remove(self, people: Sequence[Person]) -> Iterator[Answer]:
        """Remove profiles from the list; update the segments of those who are still customers."""
        known = []
        for person in people:
            try:
                name = person.remote_id or self._found(person.address)
            except Refused as error:
                yield Answer(person.key, error=str(error))
                continue
            if name:
                self._say_segments(person, name)
                known.append((person.key, name))
            elif person.address:
                yield Answer(person.key)
            else:
                yield Answer(person.key, error=unknown_person("Klaviyo"))
        # Profiles that no longer exist are not in the list either.
        take_off = self._lists.remove_profiles_from_list_without_preload_content
        yield from self._in_list(take_off, known, is_removal=True)

    def _write(self, person: Person) -> str:
        """Make or change a profile, and return its id."""
        values = person.values
        attributes: dict[str, Any] = {name: values.get(head) for head, name in NAMES.items()}
        attributes["properties"] = {SEGMENTS: values.get(SEGMENTS, "")}
        if values.get(COUNTRY):
            attributes["location"] = {"country": values[COUNTRY]}
        attributes["email"] = person.address
        own = {name: values[head] for head, name in OWN.items() if values.get(head)}
        try:
            said = self._write_with(attributes | own)
        except Refused as error:
            if error.status != HTTPStatus.CONFLICT or not own:
                raise
            # Another profile has their number or phone, such as that of their former address.
            said = self._write_with(attributes)
        data = said.get("data")
        return id_of(data.get("id") if isinstance(data, dict) else None)

    def _write_with(self, attributes: Mapping[str, Any]) -> Mapping[str, Any]:
        body = {"data": {"type": "profile", "attributes": dict(attributes)}}
        return self._call(self._profiles.create_or_update_profile_without_preload_content, body)

    def _found(self, address: str) -> str:
        """Return the id of the profile with that address, "" where there is none."""
        if not address:
            return ""
        said = self._call(
            self._profiles.get_profiles_without_preload_content,
            filter=f"equals(email,{json.dumps(address, ensure_ascii=False)})",
        )
        match said.get("data"):
            case []:
                return ""
            case [{"id": name}, *_]:
                return id_of(name)
        raise Unreadable

    def _say_segments(self, person: Person, name: str) -> None:
        if SEGMENTS not in person.values:
            return
        attributes = {"properties": {SEGMENTS: person.values[SEGMENTS]}}
        body = {"data": {"type": "profile", "id": name, "attributes": attributes}}
        # The removal from the list matters more than this property: ignore a refusal.
        with suppress(Refused):
            self._call(self._profiles.update_profile_without_preload_content, name, body)

    def _in_list(
        self,
        change: Callable[..., Any],
        people: Sequence[tuple[int, str]],
        *,
        is_removal: bool = False,
    ) -> Iterator[Answer]:
        """Put people into the list or take them off it: together, or one by one where one fails."""
        if not people:
            return
        body = {"data": [{"type": "profile", "id": name} for _key, name in people]}
        try:
            self._call(change, self._access.list, body)
        except Refused as error:
            if len(people) > 1:
                for one in people:
                    yield from self._in_list(change, [one], is_removal=is_removal)
                return
            self._check_list(error)
            ((key, name),) = people
            is_out = is_removal and error.status == HTTPStatus.NOT_FOUND and not self._has(name)
            yield Answer(key, name, None if is_out else str(error))
        else:
            yield from (Answer(key, name) for key, name in people)

    def _check_list(self, error: Refused) -> None:
        """Raise Stopped where it is the list that is not there."""
        if error.status != HTTPStatus.NOT_FOUND:
            return
        try:
            self._call(self._lists.get_list_without_preload_content, self._access.list)
        except Refused as missing:
            raise Stopped(str(missing)) from missing

    def _has(self, name: str) -> bool:
        """Return whether a profile exists; True where that is not known."""
        try:
            self._call(self._profiles.get_profile_without_preload_content, name)
        except Refused as error:
            return error.status != HTTPStatus.NOT_FOUND
        return True

    def _call(self, function: Callable[..., Any], *args: Any, **options: Any) -> dict[str, Any]:
        """Return the object in the response, {} for an empty one; raises as `ask_for_object`."""

        def ask(seconds: float) -> Any:
            try:
                return function(*args, **options, _request_timeout=seconds)
            except (OpenApiException, ValueError) as error:
                raise no_answer(error) from error

        return ask_for_object(self._access, self._patience, ask) or {}
