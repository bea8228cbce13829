"""Hooks for schemathesis: names of existing objects, and headers by which requests get through."""

import atexit
import json
import os
from collections import Counter
from typing import Any

import schemathesis

KNOWN = json.loads(os.environ["FUZZ_KNOWN"])
NOWHERE = b"There is nothing at this address."
ANSWERED: Counter[int] = Counter()
# Known codes by the beginning of the path, used besides generated ones.
CODES = {"segments/": "all", "customers/": "all", "cart-price-rules/": "ten"}
OF_CUSTOMERS = ("/api/v1/customers/", "/api/v1/segments/{code}/overrides/")


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> Any:
    """Replace generated parameters of even length by names of existing objects."""
    path = context.operation.path
    known = {"client": "page", "token": KNOWN["token"], "number": 1}
    if path.startswith(OF_CUSTOMERS):
        known["number"] = KNOWN["customer"]
    for beginning, code in CODES.items():
        if path.startswith(f"/api/v1/{beginning}"):
            known["code"] = code
    return {
        name: known.get(name, value) if len(str(value)) % 2 == 0 else value
        for name, value in (path_parameters or {}).items()
    }


@schemathesis.hook
def map_headers(context: Any, headers: dict[str, Any] | None) -> Any:
    """Set If-Match so that updates pass with any version; not for DELETE, which would remove the
    objects.
    """
    name = "If-Match"
    if name in (headers or {}) and context.operation.method.upper() != "DELETE":
        return {**(headers or {}), name: "*"}
    return headers


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Count the statuses of responses: a run in which all requests are refused finds nothing."""
    ANSWERED[response.status_code] += 1


@schemathesis.check
def only_401(context: Any, response: Any, case: Any) -> None:
    """Expect 401 for every request without a token, or 404 for an address that does not exist."""
    is_nowhere = response.status_code == 404 and NOWHERE in response.content
    assert is_nowhere or response.status_code == 401, f"{response.status_code} without a token"


@atexit.register
def tell() -> None:
    """Print the number of responses of each status."""
    print("Answered:", ", ".join(f"{status}: {n}" for status, n in sorted(ANSWERED.items())))
