"""The families of conditions about mail: messages, and the address that mail goes to."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from campaigns.conditions.eligibility import IsSuppressed, MayGetMail, OfSuppression
from campaigns.conditions.relations import (
    ALL_MAILS,
    KINDS,
    MAILS,
    SEEN_BY,
)
from campaigns.conditions.sources import CampaignCode, SequenceCode, campaigns, sequences
from campaigns.models import (
    MessageReason,
    MessageState,
    SuppressionReason,
)
from conditions.bases.column import Column, columns_of
from conditions.language import choices, types
from conditions.language.counted import times
from conditions.language.operators import Words
from conditions.language.phrase import Phrase
from conditions.registry import Beginning, Family, rows
from customers.models import ConsentState, Store
from customers.privacy.consent import OPT_IN

_TRACKING = "personalization.tracking"
_GRANTED = {"attribute": _TRACKING, "operator": "is", "value": ConsentState.GRANTED.value}
_NOT_REFUSED = {"attribute": _TRACKING, "operator": "is_not", "value": ConsentState.REFUSED.value}


def tracked() -> list[dict[str, Any]]:
    """Return the conditions each of which leaves out customers whose opens and clicks are unknown.

    The first one leaves out nobody else: under opt-out, customers without an entry are tracked.
    """
    return [_GRANTED] if settings.TRACKING_CONSENT == OPT_IN else [_NOT_REFUSED, _GRANTED]


_mail = columns_of(MAILS, permissions=SEEN_BY)


def _report(
    name: str, label: Words, when: Words, happened: Words, did_not: Words, **more: Any
) -> Column:
    """Return the column of an instant that providers report, with its words in sentences."""
    phrase = Phrase(when, special={"is_not_empty": happened, "is_empty": did_not})
    return _mail(name, label, types.DATETIME, phrase=phrase, **more)


def _state(name: str, label: Words, enum: Any, **more: Any) -> Column:
    more |= {"relation": "all_mails", "choices": choices.of_enum(enum)}
    return _mail(name, label, types.CHOICE, too_common=True, **more)


_OPENED_LATE = {"attribute": "mail.opened_at", "operator": "in_last_days", "value": 30}
_NOT_CLICKED = {"attribute": "mail.clicked_at", "operator": "is_empty"}
_NOT_OPENED = {"attribute": "mail.opened_at", "operator": "is_empty"}
_OF_CAMPAIGN = {"attribute": "mail.campaign", "operator": "is"}
_MAIL = _("email e-mail newsletter campaign received engaged")
_UNCLICKED = _("email e-mail newsletter received did not click ignored 3 5 10")

MAIL = Family(
    _("Mail"),
    relations=[MAILS, ALL_MAILS],
    attributes=[
        CampaignCode(
            code="mail.campaign",
            label=_("Campaign"),
            type=types.CHOICE,
            relation="mails",
            paths=("campaign__code", "external_campaign"),
            choices=campaigns(),
            permissions=SEEN_BY,
            search_words=_("newsletter mailing received"),
            phrase=Phrase(_("of the campaign %(value)s")),
        ),
        SequenceCode(
            code="mail.sequence",
            label=_("Sequence"),
            type=types.CHOICE,
            relation="mails",
            choices=sequences(),
            permissions=SEEN_BY,
            search_words=_("flow automation series"),
            phrase=Phrase(_("of the sequence %(value)s")),
        ),
        _mail(
            "step",
            _("Step of the sequence"),
            types.INTEGER,
            minimum=0,
            is_ordinal=True,
            phrase=Phrase(_("of step %(value)s")),
        ),
        _mail(
            "kind",
            _("Campaign or sequence"),
            types.CHOICE,
            choices=choices.of_options(lambda: {code: str(name) for code, name in KINDS.items()}),
            too_common=True,
            phrase=Phrase(_("of the kind %(value)s")),
        ),
        _mail(
            "store",
            _("Store"),
            types.CHOICE,
            paths=("store__code",),
            choices=choices.of_model(Store),
            phrase=Phrase(_("of the store %(value)s")),
        ),
        _mail("variant", _("Variant"), types.TEXT, phrase=Phrase(_("of variant %(value)s"))),
        _state("state", _("State"), MessageState, phrase=Phrase(_("with the state %(value)s"))),
        _state(
            "reason",
            _("Why it was not sent"),
            MessageReason,
            search_words=_("failed skipped"),
            phrase=Phrase(_("with the reason %(value)s")),
        ),
        _mail(
            "sent_at",
            _("Sent"),
            types.DATETIME,
            phrase=Phrase(_("%(value)s")),
            search_words=_("got received"),
        ),
        _report(
            "delivered_at",
            _("Delivered (as providers report)"),
            _("with a delivery %(value)s"),
            _("that was delivered"),
            _("that was not delivered"),
        ),
        _report(
            "opened_at",
            _("First opened (as providers report)"),
            _("first opened %(value)s"),
            _("that they have opened"),
            _("that they have not opened"),
            search_words=_("read engaged"),
            known_with=tracked,
        ),
        _mail(
            "opens",
            _("Times opened"),
            types.INTEGER,
            minimum=0,
            always_known=True,
            repeats="mail.opened_at",
            phrase=Phrase(_("opened %(value)s"), unit=times),
            known_with=tracked,
        ),
        _report(
            "clicked_at",
            _("First clicked"),
            _("first clicked %(value)s"),
            _("that they have clicked"),
            _("that they have not clicked"),
            search_words=_("engaged link"),
            known_with=tracked,
        ),
        _mail(
            "clicks",
            _("Times clicked"),
            types.INTEGER,
            minimum=0,
            always_known=True,
            repeats="mail.clicked_at",
            phrase=Phrase(_("clicked %(value)s"), unit=times),
            known_with=tracked,
        ),
        _report(
            "bounced_at",
            _("Bounced"),
            _("with a bounce %(value)s"),
            _("that bounced"),
            _("that did not bounce"),
            relation="all_mails",
            search_words=_("undeliverable rejected returned"),
        ),
        _report(
            "complained_at",
            _("Complained about"),
            _("with a complaint %(value)s"),
            _("that they complained about"),
            _("that they did not complain about"),
            search_words=_("spam complaint junk"),
        ),
        _report(
            "unsubscribed_at",
            _("Unsubscribed by"),
            _("with an unsubscription %(value)s"),
            _("that they unsubscribed by"),
            _("that they did not unsubscribe by"),
            brings=("newsletter.status", "unsubscribed"),
        ),
        MayGetMail(
            code="mailing.may_get",
            label=_("May get mail"),
            type=types.BOOLEAN,
            always_known=True,
            comparable=False,
            values_only=True,
            search_words=_("mailable reachable eligible email e-mail newsletter"),
            phrase=Phrase(
                special={
                    "yes": _("may get mail"),
                    "not_yes": _("may not get mail"),
                    "no": _("may get no mail"),
                    "not_no": _("are not kept from getting mail"),
                }
            ),
        ),
        IsSuppressed(
            code="mailing.suppressed",
            label=_("Address is suppressed"),
            type=types.BOOLEAN,
            always_known=True,
            comparable=False,
            values_only=True,
            search_words=_("blocked bounced blacklist do not contact"),
            phrase=Phrase(
                special={
                    "yes": _("have a suppressed address"),
                    "not_yes": _("do not have a suppressed address"),
                    "no": _("have no suppressed address"),
                    "not_no": _("do not have no suppressed address"),
                }
            ),
        ),
        OfSuppression(
            code="mailing.suppressed_at",
            label=_("Suppressed since"),
            type=types.DATETIME,
            column="at",
            comparable=False,
            values_only=True,
            phrase=Phrase(
                _("have an address that was suppressed %(value)s"),
                _("have no address that was suppressed %(value)s"),
                subject=_("{whose|their} date of suppression %(is)s"),
            ),
        ),
        OfSuppression(
            code="mailing.suppression_reason",
            label=_("Why suppressed"),
            type=types.CHOICE,
            choices=choices.of_enum(SuppressionReason),
            column="reason",
            comparable=False,
            values_only=True,
            too_common=True,
            search_words=_("bounce spam complaint erased"),
            phrase=Phrase(subject=_("{whose|their} reason of suppression %(is)s")),
        ),
    ],
    beginnings=[
        Beginning(
            _("Opened a mail in the last … days (mail programs open some by themselves)"),
            rows("mails", "exists", _OPENED_LATE),
            _MAIL,
        ),
        Beginning(
            _("Got a mail of the campaign … that they have not clicked"),
            rows("mails", "exists", _OF_CAMPAIGN, _NOT_CLICKED),
            _UNCLICKED,
        ),
        Beginning(
            _("Has clicked none of the last … mails"),
            rows("mails", "every", _NOT_CLICKED) | {"last": 5},
            _UNCLICKED,
        ),
        Beginning(
            _("Has opened none of the last … mails (mail programs open some by themselves)"),
            rows("mails", "every", _NOT_OPENED) | {"last": 5},
            _("email e-mail newsletter received did not open unopened ignored 3 5 10"),
        ),
        Beginning(
            _("Opened a mail in the last … days but never bought"),
            {
                "match": "all",
                "conditions": [
                    rows("mails", "exists", _OPENED_LATE),
                    rows("sales", "not_exists"),
                ],
            },
            _MAIL,
        ),
        Beginning(
            _("Got no mail in the last … days"),
            rows(
                "mails",
                "not_exists",
                {"attribute": "mail.sent_at", "operator": "in_last_days", "value": 30},
            ),
            _MAIL,
        ),
        Beginning(
            _("Has an address that is suppressed"),
            {"attribute": "mailing.suppressed", "operator": "is", "value": True},
            _MAIL,
        ),
    ],
)
FAMILIES = (MAIL,)
