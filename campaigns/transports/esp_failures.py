"""Outcomes of errors that Anymail or its HTTP client raised."""

import ssl
from collections.abc import Iterator
from importlib import import_module

from campaigns.transports.outcome import Outcome

LOGIN_CODES = {401, 403}
TOO_MANY = 429
# A proxy of the provider's got no response from the server behind it, which may have the mail.
UNCERTAIN_CODES = {502, 504}


def outcome_of_error(error: Exception) -> Outcome | None:
    """Return the outcome for `error`; None if Anymail did not raise it."""
    errors = import_module("anymail.exceptions")
    if not isinstance(error, errors.AnymailError):
        return None
    if isinstance(error, errors.AnymailRecipientsRefused):
        return Outcome.REJECTED
    if isinstance(error, errors.AnymailInvalidAddress):
        return Outcome.ADDRESS
    if not isinstance(error, errors.AnymailAPIError):
        # The provider's API does not support something in the mail.
        return Outcome.REFUSED
    if error.status_code is not None:
        return _by_status(error.status_code)
    return Outcome.PASSING if _is_before_sending(error) else Outcome.UNCERTAIN


def _by_status(code: int) -> Outcome:
    if code in LOGIN_CODES:
        return Outcome.LOGIN
    if code in UNCERTAIN_CODES or 200 <= code < 300:
        # With 2xx: it was taken, but the reply to it makes no sense.
        return Outcome.UNCERTAIN
    if code == TOO_MANY or code >= 500:
        return Outcome.PASSING
    return Outcome.REFUSED


def _is_before_sending(error: BaseException) -> bool:
    """Say whether the connection never came about, so that nothing of the mail has gone out."""
    requests, urllib3 = import_module("requests.exceptions"), import_module("urllib3.exceptions")
    early = (
        requests.ConnectTimeout,
        urllib3.NewConnectionError,
        urllib3.ConnectTimeoutError,
        ssl.SSLCertVerificationError,
    )
    return any(isinstance(cause, early) for cause in _causes(error, set()))


def _causes(error: BaseException, seen: set[int]) -> Iterator[BaseException]:
    """Yield `error` and its causes: `__cause__`, and the errors that urllib3 puts into it."""
    if id(error) in seen:
        return
    seen.add(id(error))
    yield error
    for inner in (error.__cause__, getattr(error, "reason", None), *error.args):
        if isinstance(inner, BaseException):
            yield from _causes(inner, seen)
