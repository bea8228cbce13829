"""The form that sends test mail, on the pages of a template, of a campaign and of a sender."""

import re
from collections.abc import Callable
from typing import cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.consent.addresses import is_valid
from campaigns.delivery.test_mail import TESTS_AN_HOUR, NoSender, TooManyTests
from campaigns.models import Message, MessageKind, MessageState
from campaigns.templates.problems import TemplateRefused
from campaigns.words import reason_text
from core.clock import now
from core.problems import Invalid

MAY_TEST = "campaigns.send_test"
# The value of `do` that the form sends, on pages with several buttons.
TEST = "test"
# Refused, the form stays in sight (#test); a redirect leads to the message above the page.
TOP = "#top"
MOST_TESTS = 5
# An address ends at a blank, comma or semicolon, unless that is in quotes.
ADDRESSES = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^\s,;])+')


class TestForm(forms.Form):
    """Where test mail goes."""

    to = forms.CharField(
        label=gettext_lazy("To"),
        help_text=gettext_lazy("Up to five addresses, with spaces or commas between them."),
        max_length=1_500,
    )

    def clean_to(self) -> list[str]:
        found = ADDRESSES.findall(str(self.cleaned_data["to"]))
        if len(found) > MOST_TESTS:
            raise forms.ValidationError(_("Up to five addresses."))
        for address in found:
            if not is_valid(address):
                text = _("“%(address)s” is no e-mail address.")
                raise forms.ValidationError(text % {"address": address})
        return found


def form_of_test(request: HttpRequest, is_asked: bool, otherwise: str = "") -> TestForm | None:
    """Return the form: with what was submitted if a test `is_asked` for, else with the address of
    the user, or `otherwise` for a user without one.

    Return None for users who may not send test mail. Raises PermissionDenied where they try to.
    """
    user = cast(User, request.user)
    if not user.has_perm(MAY_TEST):
        if is_asked:
            raise PermissionDenied
        return None
    if is_asked:
        return TestForm(request.POST)
    return TestForm(initial={"to": user.email if is_valid(user.email) else otherwise})


def wants_test(request: HttpRequest) -> bool:
    """Return whether the button of the form was pressed."""
    return request.method == "POST" and request.POST.get("do") == TEST


def send_tests(
    request: HttpRequest,
    form: TestForm | None,
    send: Callable[..., list[Message]],
    further: SafeString | str = "",
) -> bool:
    """Send test mail as `form` asks; `send` gets the addresses, the time and the author.

    Return whether every mail has, or may have, left; messages on the page say so, with the link
    `further`. Otherwise the form has the reasons, and only the addresses that got no mail.
    """
    if form is None or not form.is_valid():
        return False
    try:
        sent = send(form.cleaned_data["to"], now(), author=request.user)
    except NoSender as error:
        form.add_error(None, str(error))
    except TooManyTests:
        form.add_error("to", _("At most %(n)d test mails an hour.") % {"n": TESTS_AN_HOUR})
    except TemplateRefused as error:
        form.add_error(None, str(error))
    except Invalid as error:
        for problem in error.problems:
            form.add_error("to", problem.message)
    else:
        if left := [one for one in sent if one.state == MessageState.SENT]:
            _say_sent(request, left, further)
        failed = []
        for one in sent:
            why = reason_text(one.reason)
            said = {"address": one.address, "reply": f"{why} ({one.reply})" if one.reply else why}
            if one.state == MessageState.UNCERTAIN:
                text = _("To %(address)s it may have been sent: %(reply)s")
                messages.warning(request, text % said)
            elif one.state != MessageState.SENT:
                form.add_error("to", _("To %(address)s it was not sent: %(reply)s") % said)
                failed.append(one.address)
        # Submitted once more, the form does not mail to the others again.
        form.data = {"to": ", ".join(failed)}
        return not failed
    return False


def _say_sent(request: HttpRequest, sent: list[Message], further: SafeString | str) -> None:
    """Say where test mail was sent, with a link to what becomes of it, and the link `further`."""
    text = _("The test mail is sent to %(addresses)s.")
    text %= {"addresses": ", ".join(one.address for one in sent)}
    links = [further] if further else []
    if cast(User, request.user).has_perm("campaigns.view_message"):
        if len(sent) == 1:
            url = reverse("admin:campaigns_message_change", args=[sent[0].pk])
        else:
            url = f"{reverse('admin:campaigns_message_changelist')}?kind__exact={MessageKind.TEST}"
        links.insert(0, format_html('<a href="{}">{}</a>', url, _("See what became of it")))
    shown = format_html_join(" · ", "{}", ((one,) for one in links))
    messages.success(request, format_html("{} {}", text, shown))
