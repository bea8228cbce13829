"""Dry runs and the tokens that confirm them: the first call of a tool changes nothing."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from io import BytesIO
from json import dumps, loads
from secrets import token_hex
from typing import Any, NoReturn

from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from core.api.idempotency.run_once import REPLAYED, Call, respond_once
from core.api.refusals import Refused
from core.clock import now
from core.problems import Problem
from mcp_server.caller import ApiCaller

VALID_FOR = timedelta(minutes=10)
PATH = "/mcp/"
_signer = Signer(salt="mcp_server.confirmation")


@dataclass(frozen=True)
class Plan:
    """A tool's plan, `shown` to the assistant; `state` holds what else the plan depends on."""

    shown: Mapping[str, Any]
    state: str = ""


@contextmanager
def rehearsal() -> Iterator[None]:
    """Roll back all that the block writes, so that a plan can use the same call as the action."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def plan_or_confirm(
    caller: ApiCaller,
    tool: str,
    arguments: Mapping[str, Any],
    make_plan: Callable[[bool], Plan],
    act: Callable[[Plan], Mapping[str, Any]],
) -> Mapping[str, Any]:
    """Return the dry run of `tool`, or with `confirm` among its arguments what `act` returns.

    `make_plan` receives whether this is the first call. Raises Refused: `confirm_invalid` for a
    token of another API token, tool or arguments, or one that has expired; `plan_changed`, with
    the new plan and a new token, where the state has changed. A token that was used gets the first
    answer again, with `replayed`.
    """
    asked = {key: value for key, value in arguments.items() if key != "confirm"}
    bound = _hash([caller.token.pk, tool, asked])
    if "confirm" not in arguments:
        return {"dry_run": True, **_offer(bound, make_plan(True))}
    confirm = arguments["confirm"]
    state = _state_in(confirm, bound)
    digest = sha256(f"{PATH}\n{confirm}".encode()).digest()

    def handle() -> Response:
        # Of many calls with one token only the first makes the plan, which counts customers.
        return Response(act(_plan_in(state, bound, make_plan)))

    response = respond_once(Call(digest, bound, PATH, BytesIO()), handle, _raise_again, ())
    return _document_of(response) | ({"replayed": True} if REPLAYED in response else {})


def _plan_in(state: str, bound: str, make_plan: Callable[[bool], Plan]) -> Plan:
    """Return the plan in the present state; raises Refused where the state is not `state`."""
    plan = make_plan(False)
    if _state_of(plan) != state:
        text = _("The state has changed since this plan: look at the new one.")
        raise confirmation_refusal("plan_changed", text, **_offer(bound, plan))
    return plan


def confirmation_refusal(code: str, text: str, **more: Any) -> Refused:
    """Return a refusal (409) with `code`, in the problem document and in its list of errors."""
    return Refused(HTTPStatus.CONFLICT, text, [Problem("", code, text)], code=code, **more)


def _offer(bound: str, plan: Plan) -> dict[str, Any]:
    expires_at = now().replace(microsecond=0) + VALID_FOR
    expires = int(expires_at.timestamp())
    confirm = _signer.sign_object([bound, _state_of(plan), expires, token_hex(8)])
    return {"plan": plan.shown, "confirm": confirm, "expires_at": expires_at}


def _state_in(confirm: str, bound: str) -> str:
    """Return the state in the token `confirm`.

    Raises Refused where the token is forged, expired, or belongs to another call than `bound`.
    """
    try:
        of, state, expires, _nonce = _signer.unsign_object(confirm)
    except (BadSignature, ValueError, TypeError) as error:
        raise _invalid_confirmation() from error
    if of != bound or datetime.fromtimestamp(expires, UTC) <= now():
        raise _invalid_confirmation()
    return str(state)


def _invalid_confirmation() -> Refused:
    text = _("This confirms nothing here: call the tool without it to get a new plan.")
    return confirmation_refusal("confirm_invalid", text)


def _raise_again(error: Exception) -> NoReturn:
    """Raise the refusal again: it is not kept, and the token stays unused."""
    raise error


def _document_of(response: Any) -> dict[str, Any]:
    return dict(response.data) if isinstance(response, Response) else loads(response.content)


def _state_of(plan: Plan) -> str:
    return _hash([plan.shown, plan.state])


def _hash(value: Any) -> str:
    return sha256(dumps(value, sort_keys=True, cls=JSONEncoder).encode()).hexdigest()[:32]
