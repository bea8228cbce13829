"""Trials with random treatment and control groups, from which an uplift can be learned.

Imported campaigns are one source of trials; apps register others, such as experiments.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext_noop

from core.registries import Registry
from core.text.sentences import Sentence
from customers.models import Login, ProductView
from predictions.attribution.lift import campaigns_to_measure, first_touches
from predictions.models import Touch, TouchCampaign, TouchGroup
from predictions.refusals import Refused


class Contact(NamedTuple):
    """When a customer was first contacted, or assigned to the control group instead."""

    at: datetime
    is_treated: bool


# Contacts by the customer's internal key, in batches of customers.
Contacts = Iterator[Mapping[int, Contact]]


@dataclass(frozen=True)
class Trial:
    """A trial by its code; `contacts` yields the contacts of its customers up to an aware instant.

    `has_control`: the trial has a control group and, if it has an end, is over.
    """

    code: str
    name: str
    has_control: bool
    contacts: Callable[[datetime], Contacts]


@dataclass(frozen=True)
class TrialSource:
    """A source of trials: `find` returns a trial by its code, or None.

    `codes` returns (code, name) of all trials with a control group.
    """

    name: str
    find: Callable[[str], Trial | None]
    codes: Callable[[], Iterable[tuple[str, str]]]


@dataclass(frozen=True)
class VisitSource:
    """A source of visits: `rows` returns (internal key, instant) for keys between two instants."""

    name: str
    rows: Callable[[Sequence[int], datetime, datetime], Iterable[tuple[int, datetime]]]


TRIALS = Registry[TrialSource]("source of trials")
VISITS = Registry[VisitSource]("source of visits")


def trial_named(code: str) -> Trial | None:
    """Return the trial `code` of the first registered source that has one; None without any."""
    found = (source.find(code) for source in TRIALS)
    return next((one for one in found if one is not None), None)


def checked_trial(code: str) -> Trial | None:
    """Return the trial `code`, or None where no source has it.

    Raises `Refused` (`no_control`) for a trial without a control group.
    """
    trial = trial_named(code)
    if trial is not None and not trial.has_control:
        text = gettext_noop(
            "“%(code)s” has left nobody alone on purpose, or is not over yet: without a control "
            "group there is no uplift to learn."
        )
        raise Refused("no_control", Sentence(text, {"code": code}))
    return trial


def trials_with_control() -> dict[str, str]:
    """Return the names of all trials with a control group, by code."""
    found: dict[str, str] = {}
    for source in TRIALS:
        for code, name in source.codes():
            found.setdefault(code, name)
    return found


def _campaign(code: str) -> Trial | None:
    campaign = TouchCampaign.objects.filter(code=code).first()
    if campaign is None:
        return None
    held_out = Touch.objects.filter(campaign=campaign, group=TouchGroup.HELD_OUT)

    def contacts(as_of: datetime) -> Contacts:
        for found in first_touches(campaign, as_of):
            yield {
                key: Contact(at, group == TouchGroup.CONTACTED)
                for key, (at, group) in found.items()
            }

    return Trial(campaign.code, campaign.name, held_out.exists(), contacts)


def _campaigns() -> list[tuple[str, str]]:
    return [(one.code, one.name) for one in campaigns_to_measure()]


def _views(keys: Sequence[int], since: datetime, until: datetime) -> Iterable[tuple[int, datetime]]:
    rows = ProductView.objects.filter(customer__in=keys, viewed_at__range=(since, until))
    return rows.values_list("customer", "viewed_at").iterator()


def _logins(
    keys: Sequence[int], since: datetime, until: datetime
) -> Iterable[tuple[int, datetime]]:
    rows = Login.objects.filter(customer__in=keys, logged_in_at__range=(since, until))
    return rows.values_list("customer", "logged_in_at").iterator()


CAMPAIGNS = TrialSource("campaigns", _campaign, _campaigns)
SHOP_VISITS = (VisitSource("views", _views), VisitSource("logins", _logins))
