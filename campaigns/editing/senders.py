"""Who a store's mail is from: checked and stored."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.addresses import is_valid
from campaigns.audit import SENDER
from campaigns.models import MailSender
from core.audit import record
from core.problems import Invalid, Problem
from customers.models import AuditAction, Store

TEXTS = ("from_name", "from_email", "reply_to", "postal_address")
FIELDS = (*TEXTS, "is_default")


def sender_json(sender: MailSender) -> dict[str, Any]:
    """Return the fields of a sender."""
    return {name: getattr(sender, name) for name in FIELDS}


def save_sender(
    store: Store,
    values: Mapping[str, Any],
    *,
    author: Any,
    before_it: Callable[[MailSender], None] | None = None,
) -> MailSender:
    """Store who the mail of `store` is from; raises Invalid, and nothing is stored then.

    A sender without a value of `is_default` keeps it; a new default sender replaces the former one.
    `before_it` is called with the sender as it was, which nobody changes meanwhile, and may raise.
    """
    with transaction.atomic():
        # The store's row is the lock: its sender may not be there yet. A default concerns all.
        locked = Store.objects.select_for_update(no_key=True).order_by("pk")
        list(locked if values.get("is_default") else locked.filter(pk=store.pk))
        sender = MailSender.objects.filter(store=store).first() or MailSender(store=store)
        if before_it is not None:
            before_it(sender)
        before = sender_json(sender)
        for name in TEXTS:
            setattr(sender, name, values[name].strip())
        sender.is_default = values.get("is_default", sender.is_default)
        after = sender_json(sender)
        problems = [
            Problem(name, "invalid", _("This is no e-mail address."))
            for name in ("from_email", "reply_to")
            if after[name] and not is_valid(after[name])
        ]
        problems += [
            Problem(name, "control", _("No line breaks and no control characters here."))
            for name in ("from_name", "from_email", "reply_to")
            if any(not one.isprintable() for one in after[name])
        ]
        if sender.is_default and not sender.is_complete:
            text = _("The default sender needs an address and a postal address.")
            problems.append(Problem("is_default", "incomplete", text))
        if problems:
            raise Invalid(problems)
        if sender.is_default:
            _replace_default(sender, author)
        if before != after or sender.pk is None:
            sender.version += 1
            sender.save()
            record(author, AuditAction.CHANGED, SENDER, store.code, before=before, after=after)
    return sender


def _replace_default(sender: MailSender, author: Any) -> None:
    for other in MailSender.objects.filter(is_default=True).exclude(pk=sender.pk):
        before = sender_json(other)
        other.is_default = False
        other.version += 1
        other.save()
        after = sender_json(other)
        record(author, AuditAction.CHANGED, SENDER, other.store.code, before=before, after=after)
