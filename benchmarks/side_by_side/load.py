"""Requests at a fixed rate: segment list, preview, check, events and pages of members."""

import http.client
import json
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

TIMEOUT = 30
THREADS = 40
TREE = {
    "match": "all",
    "conditions": [{"attribute": "lifetime.number_of_orders", "operator": "gte", "value": 1}],
}


@dataclass(frozen=True)
class Reply:
    """One request: its kind, the phase when it was sent, its status (0: broken) and seconds."""

    kind: str
    phase: str
    status: int
    seconds: float
    error: str = ""


@dataclass
class Load:
    """Sends `rate` requests a second to `port` until it is stopped; `phase` is set from outside."""

    port: int
    token: str
    customers: Sequence[str]
    rate: int
    phase: str = "before"
    replies: list[Reply] = field(default_factory=list)
    # Numbers of the orders whose event was accepted.
    accepted: list[str] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Begin to send, in threads."""
        self._thread = threading.Thread(target=self._send_all, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Send no more, and wait for the replies."""
        self._over.set()
        self._thread.join()

    def _send_all(self) -> None:
        begun, number = time.monotonic(), 0
        with ThreadPoolExecutor(THREADS) as pool:
            while not self._over.is_set():
                pool.submit(self._send, number)
                number += 1
                self._over.wait(max(0.0, begun + number / self.rate - time.monotonic()))

    def _send(self, number: int) -> None:
        kind, method, path, body = self._request(number)
        phase, begun, status, error = self.phase, time.monotonic(), 0, ""
        try:
            status, answer = self.ask(method, path, body)
            if status >= 500:
                error = answer[:200].decode(errors="replace")
        except (OSError, http.client.HTTPException) as broken:
            error = repr(broken)
        self.replies.append(Reply(kind, phase, status, time.monotonic() - begun, error))
        if kind == "events" and status == 202:
            self.accepted.append(body[0]["data"]["number"])

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
        """Return status and body of the reply to one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        headers = {"Authorization": f"Token {self.token}", "Connection": "close"}
        content = None
        if body is not None:
            content, headers["Content-Type"] = json.dumps(body), "application/json"
        try:
            connection.request(method, f"/api/v1/{path}", content, headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def _request(self, number: int) -> tuple[str, str, str, Any]:
        customer = self.customers[number % len(self.customers)]
        match number % 5:
            case 0:
                return "segments", "GET", "segments/", None
            case 1:
                return "preview", "POST", "segments/preview/", {"conditions": TREE}
            case 2:
                return "check", "POST", "check/", {"customer": customer, "segments": ["buyers"]}
            case 3:
                return "events", "POST", "events/", [_order(customer)]
        return "members", "GET", "segments/buyers/members/?limit=50", None


def _order(customer: str) -> dict[str, Any]:
    at = datetime.now(UTC).isoformat()
    number = f"side-{uuid4().hex}"
    data = {"number": number, "state": "complete", "created_at": at, "grand_total": "10"}
    data |= {"customer": customer, "store": None, "items": []}
    return {"type": "order.saved", "id": number, "occurred_at": at, "data": data}
