"""Mail on a customer's pages: whether their address gets any, and the latest messages."""

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.consent.suppression import find_suppression
from campaigns.models import Message, Suppression
from campaigns.words import reason_text, sender_label
from core.text.formats import format_instant, moment_shown
from customers.admin.tabs import MailRow, MailRows
from customers.models import Customer
from segments.admin.customer.rows import Event, Rows
from segments.export.mail import count_mailable


def mail_rows(customer: Customer) -> list[MailRow]:
    """Return why the customer's address is suppressed, if it is, and whether they get mail."""
    rows = []
    suppression = find_suppression(customer.email) if customer.email else None
    if suppression is not None:
        rows.append(
            MailRow(
                capfirst(str(Suppression._meta.verbose_name)),
                _("since %(time)s: %(reason)s")
                % {
                    "time": format_instant(localtime(suppression.at)),
                    "reason": suppression.get_reason_display(),
                },
                _("The address gets no mail, whatever is said above."),
                reverse("admin:campaigns_suppression_change", args=[suppression.pk]),
            )
        )
    is_mailable = count_mailable(Customer.objects.filter(pk=customer.pk)) > 0
    rows.append(
        MailRow(
            _("Gets mail of campaigns"),
            _("yes") if is_mailable else _("no"),
            _(
                "Only active customers with a valid address and a subscription, of whose "
                "address nobody has refused mail, and which is not blocked."
            ),
        )
    )
    return rows


def _cells(message: Message) -> tuple[str, ...]:
    state = message.get_state_display()
    if reason := reason_text(message.reason):
        state = f"{state}: {reason}"
    moments = (message.sent_at, message.opened_at, message.clicked_at)
    return (sender_label(message), state, *(moment_shown(at) if at else "–" for at in moments))


def _event(message: Message) -> Event:
    text = _("Got a mail of %(sender)s") % {"sender": sender_label(message)}
    if message.clicked_at:
        detail = _("clicked")
    else:
        detail = _("opened") if message.opened_at else message.get_state_display()
    return Event(message.sent_at, text, detail)


MAILS = Rows(
    "mails",
    gettext_lazy("E-mails"),
    Message,
    (
        gettext_lazy("Sent by"),
        gettext_lazy("State"),
        gettext_lazy("Sent"),
        gettext_lazy("First opened"),
        gettext_lazy("First clicked"),
    ),
    lambda customer: (
        Message.objects.filter(customer=customer)
        .select_related("campaign", "sequence__segment")
        .order_by("-pk")
    ),
    _cells,
    event=_event,
)
MAIL_TO_CUSTOMER = MailRows("campaigns", mail_rows, ("campaigns.view_suppression",))
