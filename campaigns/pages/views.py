"""Unsubscribing, preferences, and a mail in the browser.

Opening a link changes nothing: servers and scanners follow links, too (RFC 8058). Only a POST
changes something; it needs neither a cookie nor another token than the one in the URL.
"""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from campaigns.audience.senders import sender_of
from campaigns.consent.unsubscribing import message_of, prefer, unsubscribe, went_elsewhere
from campaigns.content.composing import composed_message
from campaigns.content.variants import variant_of_message
from campaigns.delivery.test_mail import CAMPAIGN, rendered_again
from campaigns.models import Message, MessageKind
from campaigns.templates.problems import TemplateRefused
from core.clock import now
from customers.models import NewsletterSubscription
from customers.models.identity.newsletter import SubscriptionStatus

# Content security policy of a mail in the browser: images and its own styles, no scripts.
OF_MAIL = (
    "default-src 'none'; img-src https: http: data:; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors %(frame_ancestors)s; sandbox allow-popups"
)


def _message(token: str) -> Message:
    message = message_of(token)
    if message is None:
        raise Http404
    return message


@method_decorator(csrf_exempt, name="dispatch")
class Unsubscribe(View):
    """A page with one button, and what the button, or a mail program, does."""

    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        message = _message(token)
        return render(request, "campaigns/unsubscribe.html", {"message": message})

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        message = _message(token)
        is_everywhere = request.POST.get("all") == "1"
        unsubscribe(message, now(), everywhere=is_everywhere)
        shown = {"message": message, "is_everywhere": is_everywhere}
        return render(request, "campaigns/unsubscribed.html", shown)


@method_decorator(csrf_exempt, name="dispatch")
class Preferences(View):
    """The page on which a customer chooses the stores whose mail they get."""

    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        return self._shown(request, _message(token), token)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        message = _message(token)
        wanted = [int(one) for one in request.POST.getlist("store") if _is_key(one)]
        is_saved = prefer(message, wanted, now())
        return self._shown(request, _message(token), token, is_saved=is_saved)

    @staticmethod
    def _shown(
        request: HttpRequest, message: Message, token: str, *, is_saved: bool = False
    ) -> HttpResponse:
        rows = NewsletterSubscription.objects.standing().filter(customer=message.customer_id)
        subscriptions = [
            {"store": one.store, "is_on": one.standing == SubscriptionStatus.SUBSCRIBED}
            for one in rows.select_related("store").order_by("store_id")
        ]
        shown: dict[str, Any] = {
            "message": message,
            "subscriptions": subscriptions,
            "is_saved": is_saved,
            "is_elsewhere": went_elsewhere(message, message.customer),
            "unsubscribe_url": reverse("mail:unsubscribe", args=[token]),
        }
        return render(request, "campaigns/preferences.html", shown)


class ViewMail(View):
    """A mail in the browser, as it would be written now."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        message = _message(token)
        if message.kind == MessageKind.TEST and message.template:
            return shown_mail(rendered_again(message, request.GET.get(CAMPAIGN, "")).html)
        sender = sender_of(message.store_id)
        if message.customer is None or message.template is None or sender is None:
            raise Http404
        try:
            rendered = composed_message(
                message, message.customer, sender, variant_of_message(message)
            ).rendered
        except TemplateRefused as error:
            raise Http404 from error
        return shown_mail(rendered.html)


def shown_mail(html: str, *, in_frame: bool = False) -> HttpResponse:
    """Return a mail as a page that runs nothing; `in_frame`: of a page of our own."""
    response = HttpResponse(html)
    whose = "'self'" if in_frame else "'none'"
    response.headers["Content-Security-Policy"] = OF_MAIL % {"frame_ancestors": whose}
    if in_frame:
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18
