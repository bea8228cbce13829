"""Asks Tranche: by Python where it is in the same project, else over HTTP. Never raises.

All questions that offers ask are asked together when the first is; the answers are kept with the
basket for as long as Oscar evaluates it.
"""

import json
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote
from urllib.request import Request, urlopen

from django.conf import settings

from integrations.oscar.mapping import cart_of, customer_of
from integrations.oscar.models import SegmentQuestion

logger = logging.getLogger(__name__)
T = TypeVar("T")
Key = tuple[str, tuple[str, ...]]
SECONDS = 0.2
# The most questions in one request.
MOST = 50
KEPT = "_tranche_answers"
# A call that timed out may run on in these threads for a moment without holding up a checkout.
_calls = ThreadPoolExecutor(8, thread_name_prefix="tranche")


@dataclass(frozen=True)
class _Kept:
    """The answers about a basket in one evaluation, and the request that they answer."""

    evaluation: Any
    asked: str
    answers: dict[Key, bool]


def holds(question: SegmentQuestion, basket: Any) -> bool:
    """Return whether `question` holds for the owner of `basket`; False without an answer."""
    try:
        return _answers(question, basket).get(question.key, False)
    except Exception:
        # Whatever it is: a checkout goes on without this offer.
        logger.exception("Tranche could not be asked")
        return False


def names_of(segments: Sequence[str]) -> list[str]:
    """Return what the segments are called; their codes where that cannot be found out."""
    try:
        names = _names_over_http(segments) if _address() else _names(segments)
    except Exception:
        logger.exception("Tranche could not be asked what segments are called")
        names = {}
    return [names.get(code, code) for code in segments]


def _answers(question: SegmentQuestion, basket: Any) -> dict[Key, bool]:
    body = {"cart": cart_of(basket), "customer": customer_of(basket.owner)}
    asked = json.dumps(body)
    kept: _Kept | None = getattr(basket, KEPT, None)
    # Oscar makes another object of these at the end of each evaluation.
    evaluation = basket.offer_applications
    if kept is None or kept.evaluation is not evaluation or kept.asked != asked:
        # Stored before the request: a failed request is not tried again in this evaluation.
        kept = _Kept(evaluation, asked, {})
        setattr(basket, KEPT, kept)
        keys = _keys(question)
        found = _over_http(body, keys) if _address() else _by_python(body, keys)
        kept.answers.update(zip(keys, found, strict=True))
    return kept.answers


def _keys(first: SegmentQuestion) -> list[Key]:
    """Return what all offers ask, each once, this question first."""
    rows = SegmentQuestion.objects.filter(condition__offers__isnull=False).order_by("pk")
    keys = list(dict.fromkeys([first.key, *(row.key for row in rows)]))
    if len(keys) > MOST:
        logger.error("Offers ask %d different questions; only %d are asked", len(keys), MOST)
    return keys[:MOST]


def _by_python(body: dict[str, Any], keys: list[Key]) -> list[bool]:
    from segments.membership import shopper_of

    shopper = shopper_of(body["customer"], cart=body["cart"])
    shopper.memberships({code for _operator, codes in keys for code in codes})
    return [shopper.satisfies(operator, codes) for operator, codes in keys]


def _over_http(body: dict[str, Any], keys: list[Key]) -> list[bool]:
    questions = [{"operator": operator, "segments": codes} for operator, codes in keys]
    reply = _call("cart-price-rules/satisfies/", body | {"questions": questions})
    return [bool(answer) for answer in reply["answers"]]


def _names(segments: Sequence[str]) -> dict[str, str]:
    from segments.models import Segment

    return dict(Segment.objects.filter(code__in=segments).values_list("code", "name"))


def _names_over_http(segments: Sequence[str]) -> dict[str, str]:
    return {code: _call(f"segments/{quote(code, safe='')}/")["name"] for code in segments}


def _address() -> str:
    """Return where Tranche is; "" where it is in this project."""
    return str(getattr(settings, "TRANCHE_URL", ""))


def _call(path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    request = Request(  # noqa: S310 (our own setting)
        f"{_address().rstrip('/')}/api/v1/{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": f"Token {settings.TRANCHE_TOKEN}",
            "Content-Type": "application/json",
        },
    )

    def read() -> dict[str, Any]:
        with urlopen(request, timeout=SECONDS) as reply:  # noqa: S310 (our own setting)
            found: dict[str, Any] = json.load(reply)
            return found

    return _in_time(read)


def _in_time(call: Callable[[], T]) -> T:
    """Return what `call` gives within the time; a socket's own limit is for each packet."""
    return _calls.submit(call).result(SECONDS)
