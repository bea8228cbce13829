"""`POST /m/hooks/{esp}/`: Anymail's webhook of a provider, by its own authentication.

Anymail's view authenticates the request and reads its events; these are stored like reports to
`mail/events/`, each once.
"""

import logging
from http import HTTPStatus
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from campaigns.provider_webhooks.reading import reports_in, with_message_ids
from campaigns.results.provider_reports import MOST, note_reports
from core.clock import now

logger = logging.getLogger(__name__)

# Anymail's views by the names that EMAIL_URL has; Scaleway has none.
VIEWS = {
    "brevo": "BrevoTrackingWebhookView",
    "mailersend": "MailerSendTrackingWebhookView",
    "mailgun": "MailgunTrackingWebhookView",
    "mailjet": "MailjetTrackingWebhookView",
    "mailtrap": "MailtrapTrackingWebhookView",
    "mandrill": "MandrillTrackingWebhookView",
    "postal": "PostalTrackingWebhookView",
    "postmark": "PostmarkTrackingWebhookView",
    "resend": "ResendTrackingWebhookView",
    "sendgrid": "SendGridTrackingWebhookView",
    "sparkpost": "SparkPostTrackingWebhookView",
    "unisender-go": "UnisenderGoTrackingWebhookView",
}
# Whose password MAIL_WEBHOOK_SECRET is.
USER = "tranche"


@csrf_exempt
def take_reports(request: HttpRequest, esp: str) -> HttpResponse:
    """Take the reports of the mail provider `esp`.

    Raises Http404 where no reports are taken: MAIL_WEBHOOK_SECRET is empty, Anymail is missing or
    not set up for the provider, or the provider is unknown. Answers 403 to requests without the
    secret.
    """
    esp = esp.replace("_", "-")
    if not settings.MAIL_WEBHOOK_SECRET or esp not in VIEWS:
        raise Http404
    try:
        module = import_module(f"anymail.webhooks.{esp.replace('-', '_')}")
        hook: Any = type("Hook", (Noting, getattr(module, VIEWS[esp])), {"esp": esp})
        response: HttpResponse = hook.as_view()(request)
    except (ImportError, ImproperlyConfigured) as error:
        logger.warning("Reports of %s are not taken: %s", esp, error)
        raise Http404 from error
    return response


class Noting:
    """Changes to Anymail's view: it always authenticates, and its events are stored at once."""

    esp: str
    # Of Anymail's views.
    basic_auth: Any
    run_validators: Any
    parse_events: Any
    warn_if_no_basic_auth: bool

    def __init__(self, **more: Any) -> None:
        get = import_module("anymail.utils").get_anymail_setting
        own = get("webhook_secret", default=None)
        password = f"{USER}:{settings.MAIL_WEBHOOK_SECRET}"
        super().__init__(webhook_secret=own or password, **more)  # type: ignore[call-arg]
        if not own and not self.warn_if_no_basic_auth:
            # The provider signs its requests, so it does not need our password, too.
            self.basic_auth = []

    def post(self, request: HttpRequest) -> HttpResponse:
        """Store the reported events; 400 for a request that cannot be read, and nothing is stored.

        413 for a request that is too large or has more than 1,000 events, likewise.
        """
        received = now()
        try:
            _body = request.body
        except RequestDataTooBig:
            return _refusal_response(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        except UnreadablePostError:
            return _refusal_response(HTTPStatus.BAD_REQUEST)
        # Anymail expects bodies as providers send them, and fails somehow on any other.
        try:
            self.run_validators(request)
        except ImproperlyConfigured:
            raise
        except Exception as error:
            name = type(error).__name__
            logger.info("A report of %s is from somebody else: %s", self.esp, name)
            return _refusal_response(HTTPStatus.FORBIDDEN)
        try:
            events = list(self.parse_events(request))
            reports = reports_in(events, self.esp, received)
        except Exception as error:
            logger.warning("A report of %s cannot be read: %s", self.esp, type(error).__name__)
            return _refusal_response(HTTPStatus.BAD_REQUEST)
        if len(events) > MOST:
            text = _("At most %(most)s events at once.") % {"most": f"{MOST:,}"}
            return _refusal_response(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, text)
        noted = note_reports(with_message_ids(reports), received)
        return JsonResponse(vars(noted), status=HTTPStatus.ACCEPTED)


def _refusal_response(status: HTTPStatus, text: str = "") -> HttpResponse:
    return HttpResponse(text or status.phrase, status=status, content_type="text/plain")
