"""Wrong codes, which count like wrong passwords, and the page after too many of either."""

import json
from typing import Any

from axes.helpers import get_lockout_response
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse

from core.access.attempts import seconds_locked
from login.factors.recovery_codes import take_recovery_code
from login.factors.totp import DIGITS, take_code
from login.models import FactorKind


def locked_page(request: HttpRequest, user: User) -> HttpResponse | None:
    """Return the page for a person who has guessed too often; None for anybody else."""
    credentials = {"username": user.get_username()}
    if not seconds_locked(request, credentials):
        return None
    page: HttpResponse = get_lockout_response(request, HttpResponse(), credentials)
    return page


def count_failure(
    request: HttpRequest, user: User, means: str, reason: str = "wrong second factor"
) -> None:
    """Count a wrong code or passkey like a wrong password; its `reason` stands in the audit log."""
    credentials = {"username": user.get_username()}
    user_login_failed.send(
        sender=__name__, credentials=credentials, request=request, means=means, reason=reason
    )


def taken_factor(user: User, code: str) -> str:
    """Use up `code` and return the kind of its second factor; "" where the code is wrong.

    Six digits are a code of an authenticator app, any other text is a recovery code; a text of more
    than 100 characters is wrong. A right code works once. Failures are counted by the caller.
    """
    if len(code) > 100:
        return ""
    plain = code.replace(" ", "")
    if plain.isdigit() and len(plain) == DIGITS:
        return FactorKind.TOTP if take_code(user, plain) else ""
    return FactorKind.RECOVERY if take_recovery_code(user, code) else ""


def posted_answer(request: HttpRequest) -> dict[str, Any]:
    """Return what the browser's passkey answered, of the field `answer`; {} for no JSON object."""
    try:
        answer = json.loads(request.POST.get("answer", ""))
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}
