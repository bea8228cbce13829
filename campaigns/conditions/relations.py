"""The relations from a customer to their mails: those that were sent, and those in any state."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from campaigns.models import Message, MessageKind, MessageState
from conditions.language.phrase import EventPhrase, RowsPhrase
from conditions.sql.place import Relation

# The permission for conditions about single messages.
SEEN_BY = ("campaigns.view_message",)
KINDS = {kind.value: kind.label for kind in (MessageKind.CAMPAIGN, MessageKind.SEQUENCE)}
RELATED = ("campaign", "store")


def mails(number: int) -> str:
    """Return the noun for `number` mails."""
    return ngettext("mail", "mails", number)


def messages(number: int) -> str:
    """Return the noun for `number` mails in any state, without the number.

    The sentence of a condition and its reader use the same noun.
    """
    return ngettext("mail in any state", "mails in any state", number)


MAILS = Relation(
    name="mails",
    label=_("Mails"),
    same=_("the same mail"),
    model=Message,
    prefix="mail",
    link="customer",
    paths={"mail": ""},
    rows=Q(kind__in=list(KINDS), state=MessageState.SENT.value),
    keeps=lambda mail: mail.kind in KINDS and mail.state == MessageState.SENT,
    select_related=RELATED,
    permissions=SEEN_BY,
    time="sent_at",
    phrase=RowsPhrase(
        some=_("got a mail%(where)s"),
        none=_("got no mail%(where)s"),
        every=_("got mails, each of them%(where)s"),
        count=_("got %(value)s%(where)s"),
        rows=_("their mails"),
        never=_("have never got a mail"),
        none_of_last={
            "mail.clicked_at": _("have clicked none of their last %(number)s mails"),
            "mail.opened_at": _("have opened none of their last %(number)s mails"),
        },
        any=_("have among their mails one%(where)s"),
        not_any=_("have among their mails none%(where)s"),
        unit=mails,
        event=EventPhrase(
            did=pgettext_lazy("order of events", "got a mail%(where)s"),
            did_not=_("did not get a mail%(where)s"),
            is_prompt=True,
        ),
    ),
)
ALL_MAILS = Relation(
    name="all_mails",
    label=_("Mails, planned, failed and skipped ones too"),
    same=_("the same mail"),
    model=Message,
    prefix="mail",
    link="customer",
    paths={"mail": ""},
    rows=Q(kind__in=list(KINDS)),
    keeps=lambda mail: mail.kind in KINDS,
    select_related=RELATED,
    permissions=SEEN_BY,
    phrase=RowsPhrase(
        some=_("have a mail in any state%(where)s"),
        none=_("have no mail in any state%(where)s"),
        every=_("have mails in any state, each of them%(where)s"),
        count=_("have %(value)s%(where)s"),
        rows=_("their mails in any state"),
        any=_("have among their mails in any state one%(where)s"),
        not_any=_("have among their mails in any state none%(where)s"),
        unit=messages,
        event=EventPhrase(
            did=_("had a mail in any state%(where)s"),
            did_not=_("had no mail in any state%(where)s"),
        ),
    ),
)
