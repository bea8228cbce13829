"""A remote list: a list in another mail program, reached by its API.

Each program has one class outside this app, which imports nothing of the app but this module. No
class deletes anybody there, and none subscribes anybody who has unsubscribed there.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from campaigns.models import AudienceSync, SyncTarget
from core.text.sentences import Sentence
from segments.models import Segment


@dataclass(frozen=True)
class Person:
    """A person to add to a list or to remove from it; `key` is the caller's own.

    `address` is as in the shop, `remote_id` is the target's id: one of the two may be empty.
    `values` are texts by the column names of the target's export (`segments.export.targets`); for a
    removal only the segments, and nothing for an erased person. `is_subscribed` says whether the
    address is subscribed to any store.
    """

    key: int
    address: str
    remote_id: str
    values: Mapping[str, str] = field(default_factory=dict)
    is_subscribed: bool = True


@dataclass(frozen=True)
class Answer:
    """The result for the person `key`: the target's id of them, and its error.

    An error of None means success; an empty text is an error, too. A text is the program's own.
    """

    key: int
    remote_id: str = ""
    error: Sentence | str | None = None


class Stopped(Exception):
    """The sync cannot go on until a user acts, such as by entering another key.

    `reason` is a sentence of ours, or a text of the program.
    """

    def __init__(self, reason: Sentence | str) -> None:
        super().__init__(reason)
        self.reason = reason


class Busy(Exception):
    """The target takes no requests at the moment; `reason` says why, as that of `Stopped`.

    `wait`: for how long, if given.
    """

    def __init__(self, reason: Sentence | str, wait: timedelta | None = None) -> None:
        super().__init__(reason)
        self.reason, self.wait = reason, wait


# Called before each request: returns the request's timeout in seconds, or raises to end the run.
Beat = Callable[[], float]


class RemoteList(Protocol):
    """One list in one program. Both methods yield one answer per person, in any order.

    Both are idempotent. They raise Busy and Stopped, and what `beat` raises; people without an
    answer by then are sent again.
    """

    def add(self, people: Sequence[Person]) -> Iterator[Answer]:
        """Create or update `people` in the program, and add them to the list."""
        ...

    def remove(self, people: Sequence[Person]) -> Iterator[Answer]:
        """Remove `people` from the list; people who are not in it are no error."""
        ...


@dataclass(frozen=True)
class Access:
    """How to reach a list: the API key, the id of the list, and a callback before each request.

    `host` is empty for the program's usual host; `segment` is the code of the segment.
    """

    key: str
    list: str
    segment: str
    host: str
    beat: Beat


CLASSES = {
    "klaviyo": "integrations.klaviyo.Klaviyo",
    "brevo": "integrations.brevo.Brevo",
    "mailchimp": "integrations.mailchimp.Mailchimp",
}


def key_of(variable: str) -> str:
    """Return the key in the environment variable of this name; "" where it is not set here."""
    return os.environ.get(variable, "").strip()


def key_doubt(sync: AudienceSync) -> str:
    """Return a warning if this process does not have the sync's key; "" if it has.

    Workers, which need the key, may have other environment variables.
    """
    if key_of(sync.key_variable):
        return ""
    text = _(
        "The environment variable %(name)s is not set where these pages run. It has to be set "
        "where the worker runs: without it the sync stops by itself."
    )
    return text % {"name": sync.key_variable}


def remote_list(sync: AudienceSync, beat: Beat) -> RemoteList:
    """Return the list of `sync`; raises Stopped without a key, or what the program's extra has."""
    key = key_of(sync.key_variable)
    if not key:
        text = gettext_noop("The environment variable %(name)s is not set where this runs.")
        raise Stopped(Sentence(text, {"name": sync.key_variable}))
    if not (key.isascii() and key.isprintable()):
        text = gettext_noop("What stands in %(name)s is no key.")
        raise Stopped(Sentence(text, {"name": sync.key_variable}))
    try:
        made = import_string(CLASSES[sync.target])
    except ImportError as error:
        text = gettext_noop("Syncs need the extra “syncs”: bin/prepare syncs")
        raise Stopped(Sentence(text, {})) from error
    host = settings.SYNC_HOSTS.get(sync.target, "")
    found: RemoteList = made(Access(key, sync.list, sync.segment.code, host, beat))
    return found


def keepers_beside(sync: AudienceSync, segment: Segment) -> list[AudienceSync]:
    """Return the other syncs of the list of `sync`, active or not; `segment` is that of `sync`.

    In Mailchimp each segment has its own tag. Two variables may hold the same key, which only a
    process with both variables can detect, such as the worker.
    """
    others = AudienceSync.objects.filter(target=sync.target, list=sync.list).exclude(pk=sync.pk)
    if sync.target == SyncTarget.MAILCHIMP:
        others = others.filter(segment=segment)
    key = key_of(sync.key_variable)
    return [
        one
        for one in others.order_by("pk")
        if one.key_variable == sync.key_variable or (key and key_of(one.key_variable) == key)
    ]
