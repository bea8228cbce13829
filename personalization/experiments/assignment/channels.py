"""Channels show variants of experiments that no placement shows.

Higher-level apps register their channels. The variants of a channel differ by its own fields: an
experiment whose variants have one of these fields belongs to the channel, and is used by one of its
objects, such as a campaign.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conditions.language.operators import Words
from core.problems import Problem
from core.registries import Registry
from personalization.models import Experiment


@dataclass(frozen=True)
class VariantField:
    """A field that a variant may have: a text, or one of `choices`, which the admin offers.

    `check` takes what was written and its path, and returns what is stored and what is wrong.
    `hold` locks the rows that such values name against deletion until the end of the transaction;
    it also gets values that turn out to be invalid.
    """

    name: str
    label: Words
    check: Callable[[Any, str], tuple[Any, list[Problem]]]
    choices: Callable[[], Sequence[tuple[str, str]]] | None = None
    hold: Callable[[Collection[Any]], None] | None = None


@dataclass(frozen=True)
class Clicks:
    """Behaviours that count as a click or an open: a type, and values in their data."""

    behavior_type: str
    data: Mapping[str, str]


@dataclass(frozen=True)
class Use:
    """An object that uses an experiment: its name and the URL of its page."""

    name: str
    url: str


@dataclass(frozen=True)
class Reach:
    """How many people the object that uses an experiment, such as a campaign, would reach now, and
    about how many of them could take part in the experiment.
    """

    people: int
    about: int


def _unknown(experiment: Experiment) -> None:
    """Return None: the reach of an experiment is not known."""


def _nothing(experiment: Experiment) -> Sequence[Use]:
    """Return that nothing waits for an experiment."""
    return ()


@dataclass(frozen=True)
class Channel:
    """A channel and its texts.

    `label` says what its experiments compare, `help` how to fill in the fields, `plain` what a
    variant without any of them shows, `begins` when a customer is assigned a variant, `unused` that
    nothing uses the experiment. `users` is the word for the objects that `uses` returns; they are
    only named to users with `permissions`. `clicks` returns None if nothing can be clicked, `reach`
    if it is not known, or over. `waiting` returns the objects that need the experiment to go on:
    they are not sent once it is stopped. `opens` is what counts as an open; None where nothing
    reports opens.
    """

    name: str
    label: Words
    fields: Sequence[VariantField]
    help: Words
    plain: Words
    begins: Words
    unused: Words
    users: Words
    uses: Callable[[Experiment], Sequence[Use]]
    clicks: Callable[[Experiment], Clicks | None]
    permissions: Collection[str] = ()
    reach: Callable[[Experiment], Reach | None] = _unknown
    waiting: Callable[[Experiment], Sequence[Use]] = _nothing
    opens: Callable[[Experiment], Clicks | None] | None = None


CHANNELS: Registry[Channel] = Registry("channel of experiments")


def channel_fields() -> list[VariantField]:
    """Return the fields that variants may have beside content and algorithm."""
    return [field for channel in CHANNELS for field in channel.fields]


def channel_of(variants: Sequence[Any]) -> Channel | None:
    """Return the channel to which the first channel field in `variants`, as written, belongs."""
    for channel in CHANNELS:
        names = [field.name for field in channel.fields]
        if any(one.get(name) is not None for one in _objects(variants) for name in names):
            return channel
    return None


def hold_named(variants: Sequence[Any]) -> None:
    """Lock the rows that fields of `variants` name against deletion until the end of the
    transaction.
    """
    for field in channel_fields():
        if field.hold is not None:
            field.hold([one[field.name] for one in _objects(variants) if field.name in one])


def _objects(variants: Sequence[Any]) -> Iterator[Mapping[str, Any]]:
    return (one for one in variants if isinstance(one, Mapping))
