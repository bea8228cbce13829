"""What a customer's page Privacy says of mail: whether their address gets any."""

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from campaigns.consent.suppression import suppressed
from campaigns.models import Suppression
from core.text.formats import instant_shown
from customers.admin.tabs import MailRow, MailRows
from customers.models import Customer
from segments.export.mail import count_mailable


def mail_rows(customer: Customer) -> list[MailRow]:
    """Return why the customer's address is suppressed, if it is, and whether they get mail."""
    rows = []
    suppression = suppressed(customer.email) if customer.email else None
    if suppression is not None:
        rows.append(
            MailRow(
                capfirst(str(Suppression._meta.verbose_name)),
                _("since %(time)s: %(reason)s")
                % {
                    "time": instant_shown(localtime(suppression.at)),
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


MAIL_TO_CUSTOMER = MailRows("campaigns", mail_rows, ("campaigns.view_suppression",))
