"""Run what the buttons of a campaign's page ask for: pause, resume, cancel, send, send a test."""

from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from campaigns.admin.campaigns.mail import mail_of_nobody, store_of_mail
from campaigns.admin.expected import check_seen, digest_of, expected_of
from campaigns.admin.trial_mail import send_tests
from campaigns.audience.freezing import NotSent
from campaigns.content.contents import contents_of
from campaigns.delivery.lifecycle import WrongState, cancel, pause, resume, send
from campaigns.delivery.test_mail import send_test
from campaigns.models import Campaign, CampaignState
from campaigns.words import refusal_text
from core.clock import now


def change_state(request: HttpRequest, campaign: Campaign) -> None:
    """Run the action of the pressed button, and show its result as a message."""
    pressed, author = request.POST.get("do", ""), request.user
    try:
        if pressed == "pause":
            pause(campaign, author=author)
        elif pressed == "resume":
            resume(campaign, author=author)
        elif pressed == "cancel":
            cancel(campaign, now(), author=author)
    except WrongState as error:
        messages.error(request, str(error))
    except Campaign.DoesNotExist as error:
        raise Http404 from error


def send_test_mail(request: HttpRequest, campaign: Campaign, context: dict[str, Any]) -> bool:
    """Send the mail that the page shows as a test, if its form asks for it."""
    mail = context["mail"]
    send_it = partial(
        send_test,
        campaign.template,
        campaign=campaign,
        customer=mail.recipient,
        store=mail.store,
    )
    return send_tests(request, context.get("test"), send_it)


def _check_seen(request: HttpRequest, stored: Campaign) -> None:
    """Raise NotSent where the page showed another version of the campaign or of its mails."""
    check_seen(request, stored)
    if request.POST.get("contents") != digest_of(contents_of(stored)):
        raise NotSent("mail_changed")


def send_campaign(request: HttpRequest, campaign: Campaign) -> bool:
    """Send `campaign` if it still has the number of recipients that the page showed.

    Above CONFIRM_ABOVE recipients, the campaign's code must have been typed; where the mail has
    faults, these must have been accepted. Return whether the campaign was sent; a message on the
    page says so, or why not. Raises Http404 where somebody has deleted the campaign.
    """
    expected = expected_of(request)
    if expected > settings.CONFIRM_ABOVE and request.POST.get("code") != campaign.code:
        messages.error(request, _("Type the campaign's code to send it to so many."))
        return False
    store = store_of_mail(campaign, request.POST.get("store", ""))
    if request.POST.get("despite", "") != mail_of_nobody(campaign, store, request.user).despite:
        text = _("It was not sent: the mail has faults. Mend them, or confirm that they may stay.")
        messages.error(request, text)
        return False
    try:
        sent = send(
            campaign,
            now(),
            expected=expected,
            author=request.user,
            before=partial(_check_seen, request),
        )
    except NotSent as error:
        messages.error(request, refusal_text(error.code))
        return False
    except WrongState as error:
        messages.error(request, str(error))
        return False
    except Campaign.DoesNotExist as error:
        raise Http404 from error
    if sent.state == CampaignState.SCHEDULED:
        messages.success(request, _("It is scheduled."))
    else:
        messages.success(request, _("It is on its way."))
    return True
