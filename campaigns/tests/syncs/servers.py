"""Servers that behave like the three programs: contacts, lists, tags, and moods.

Each keeps what a program keeps and answers as its documentation says. What nobody may ask of it,
above all to delete anybody or to subscribe who has unsubscribed, is answered and stands in
`forbidden`.
"""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Reply = tuple[int, Any]


@dataclass
class Contact:
    """Somebody there; `status` is what they said there."""

    id: str
    address: str
    status: str = "subscribed"
    values: dict[str, Any] = field(default_factory=dict)


class Program:
    """What is common: contacts by their addresses, who is in the list, and moods."""

    key = "secret"
    list_id = "L1"

    def __init__(self) -> None:
        self.contacts: dict[str, Contact] = {}
        self.members: set[str] = set()
        self.requests: list[tuple[str, str, Any]] = []
        self.forbidden: list[str] = []
        # Called before each request: may return a reply (with headers), or not at all.
        self.mood: Callable[[str, str], tuple[int, Any, dict[str, str]] | None] | None = None
        # Addresses (or ids) that are refused, and with what.
        self.bad: dict[Any, Any] = {}
        self.released = threading.Event()
        self.lock = threading.RLock()
        self._ids = count(1)

    def known(self, name: str) -> Contact | None:
        """Return the contact with this id or address, in whatever letters."""
        found = (one for one in self.contacts.values() if name.lower() in self.names(one))
        return next(found, None)

    def names(self, contact: Contact) -> set[str]:
        return {contact.id.lower(), contact.address}

    def put(self, address: str, **values: Any) -> Contact:
        """Have a contact there, as one who came another way."""
        address = address.lower()
        contact = self.contacts.get(address)
        if contact is None:
            contact = self.contacts[address] = Contact(self.new_id(), address)
        for name, value in values.items():
            setattr(contact, name, value)
        return contact

    def new_id(self) -> str:
        return f"P{next(self._ids)}"

    def listed(self) -> list[str]:
        """Return the addresses of those in the list, in order."""
        return sorted(one.address for one in self.contacts.values() if one.id in self.members)

    def called(self, method: str, part: str) -> int:
        """Return how many requests of a method there were to paths with `part`."""
        return sum(one == method and part in path for one, path, _body in self.requests)

    def is_ours(self, headers: Any) -> bool:
        raise NotImplementedError

    def unknown_key(self) -> Reply:
        raise NotImplementedError

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> Reply:
        raise NotImplementedError


class Brevo(Program):
    """Brevo's API, version 3."""

    list_id = "7"

    def new_id(self) -> str:
        return str(next(self._ids))

    def is_ours(self, headers: Any) -> bool:
        return headers["api-key"] == self.key

    def unknown_key(self) -> Reply:
        return 401, {"code": "unauthorized", "message": "Key not found"}

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> Reply:
        parts = path.strip("/").split("/")[1:]
        match method, parts:
            case "POST", ["contacts"]:
                return self._write(body)
            case "GET", ["contacts", "lists", number]:
                return (200, {"id": 7}) if number == self.list_id else self._missing("List")
            case "POST", ["contacts", "lists", number, "contacts", "remove"]:
                return self._remove(body) if number == self.list_id else self._missing("List")
            case "GET", ["contacts", name]:
                found = self.known(unquote(name))
                return (200, self._shown(found)) if found else self._missing("Contact")
            case "PUT", ["contacts", name]:
                found = self.known(unquote(name))
                if found is None:
                    return self._missing("Contact")
                found.values |= body["attributes"]
                return 204, None
        self.forbidden.append(f"{method} {path}")
        return 405, {"code": "method_not_allowed", "message": "Not allowed"}

    def _write(self, body: Any) -> Reply:
        address = body["email"].lower()
        if set(body) - {"email", "attributes", "listIds", "updateEnabled"}:
            self.forbidden.append(f"wrote {sorted(body)}")
        if address in self.bad:
            return 400, {"code": "invalid_parameter", "message": self.bad[address]}
        if body["listIds"] != [int(self.list_id)]:
            return 400, {"code": "invalid_parameter", "message": "List ids are invalid"}
        number = body["attributes"].get("EXT_ID")
        taken = any(
            number and one.values.get("EXT_ID") == number and one.address != address
            for one in self.contacts.values()
        )
        if taken:
            return 400, {"code": "duplicate_parameter", "message": "ext_id is taken"}
        is_new = address not in self.contacts
        contact = self.put(address)
        contact.values |= body["attributes"]
        self.members.add(contact.id)
        return (201, {"id": int(contact.id)}) if is_new else (204, None)

    def _remove(self, body: Any) -> Reply:
        named = body.get("ids") or body["emails"]
        if any(one in self.bad for one in named):
            return 400, {"code": "invalid_parameter", "message": "Invalid contacts"}
        found = {one: self.known(str(one)) for one in named}
        removed = [one for one, contact in found.items() if contact and contact.id in self.members]
        if not removed:
            text = "Contact already removed from list and/or does not exist"
            return 400, {"code": "invalid_parameter", "message": text}
        self.members -= {found[one].id for one in removed}
        failed = [one for one in named if one not in removed]
        return 201, {"contacts": {"success": removed, "failure": failed}}

    def _shown(self, contact: Contact) -> Any:
        lists = [int(self.list_id)] if contact.id in self.members else []
        return {"id": int(contact.id), "listIds": lists}

    def _missing(self, what: str) -> Reply:
        return 404, {"code": "document_not_found", "message": f"{what} does not exist"}


class Mailchimp(Program):
    """Mailchimp's API, version 3.0; whoever has the tag is in the list."""

    key = "secret-us1"
    tag = "vip"

    def is_ours(self, headers: Any) -> bool:
        return str(headers["Authorization"]).startswith("Basic ")

    def unknown_key(self) -> Reply:
        return 401, {"title": "API Key Invalid", "detail": "Your API key may be invalid"}

    def names(self, contact: Contact) -> set[str]:
        return super().names(contact) | {md5(contact.address)}

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> Reply:
        parts = path.strip("/").split("/")[1:]
        if parts[:1] == ["lists"] and parts[1] != self.list_id:
            return self._missing()
        match method, parts[2:]:
            case "GET", []:
                return 200, {"id": self.list_id}
            case "GET", ["members", name]:
                found = self.known(name)
                return (200, {"contact_id": found.id}) if found else self._missing()
            case "PUT", ["members", name]:
                return self._write(name, body)
            case "PATCH", ["members", name]:
                if body != {"status": "unsubscribed"}:
                    self.forbidden.append(f"patched {body}")
                found = self.known(name)
                if found is None:
                    return self._missing()
                found.status = "unsubscribed"
                return 200, {"status": found.status}
            case "POST", ["members", name, "tags"]:
                found = self.known(name)
                if found is None:
                    return self._missing()
                for tag in body["tags"]:
                    assert tag["name"] == self.tag
                    change = self.members.add if tag["status"] == "active" else self.members.discard
                    change(found.id)
                return 204, None
        self.forbidden.append(f"{method} {path}")
        return 405, {"title": "Method Not Allowed", "detail": "Not allowed"}

    def _write(self, name: str, body: Any) -> Reply:
        address = body["email_address"].lower()
        if "status" in body or name != md5(address):
            self.forbidden.append(f"wrote {sorted(body)} of {name}")
        if address in self.bad:
            return 400, {"title": "Invalid Resource", "detail": self.bad[address]}
        if address not in self.contacts:
            self.put(address, status=body["status_if_new"])
        contact = self.contacts[address]
        contact.values |= body["merge_fields"]
        return 200, {"contact_id": contact.id, "status": contact.status}

    def _missing(self) -> Reply:
        return 404, {"title": "Resource Not Found", "detail": "It could not be found"}


class Klaviyo(Program):
    """Klaviyo's API as its library calls it."""

    def is_ours(self, headers: Any) -> bool:
        return headers["Authorization"] == f"Klaviyo-API-Key {self.key}"

    def unknown_key(self) -> Reply:
        return 401, _error(401, "Incorrect authentication credentials.")

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> Reply:
        parts = path.strip("/").split("/")[1:]
        if parts[:1] == ["lists"] and parts[1] != self.list_id:
            return 404, _error(404, "A list with that id does not exist.")
        match method, parts:
            case "POST", ["profile-import"]:
                return self._write(body["data"]["attributes"])
            case "GET", ["profiles"]:
                address = json.loads(query["filter"][0].removeprefix("equals(email,")[:-1])
                found = self.known(address)
                return 200, {"data": [self._shown(found)] if found else [], "links": {}}
            case "GET", ["profiles", name]:
                found = self.known(name)
                if found is None:
                    return 404, _error(404, "A profile with that id does not exist.")
                return 200, {"data": self._shown(found)}
            case "PATCH", ["profiles", name]:
                found = self.known(name)
                if found is None:
                    return 404, _error(404, "A profile with that id does not exist.")
                found.values |= body["data"]["attributes"]["properties"]
                return 200, {"data": self._shown(found)}
            case "GET", ["lists", _id]:
                return 200, {"data": {"type": "list", "id": self.list_id, "attributes": {}}}
            case (("POST" | "DELETE"), ["lists", _id, "relationships", "profiles"]):
                ids = {one["id"] for one in body["data"]}
                if not ids <= {one.id for one in self.contacts.values()}:
                    return 404, _error(404, "A profile with that id does not exist.")
                self.members = self.members | ids if method == "POST" else self.members - ids
                return 204, None
        self.forbidden.append(f"{method} {path}")
        return 405, _error(405, "Not allowed")

    def _write(self, attributes: Any) -> Reply:
        address = attributes["email"].lower()
        if "subscriptions" in attributes:
            self.forbidden.append("wrote subscriptions")
        if address in self.bad:
            return 400, _error(400, self.bad[address])
        for name in ("external_id", "phone_number"):
            for one in self.contacts.values():
                mine = attributes.get(name)
                if mine and one.values.get(name) == mine and one.address != address:
                    return 409, _error(409, "A profile already exists with one of these.")
        is_new = address not in self.contacts
        contact = self.put(address)
        contact.values |= {
            name: value for name, value in attributes.items() if name not in ("email", "properties")
        } | attributes["properties"]
        return 201 if is_new else 200, {"data": self._shown(contact)}

    def _shown(self, contact: Contact) -> Any:
        return {"type": "profile", "id": contact.id, "attributes": {"email": contact.address}}


def md5(address: str) -> str:
    return hashlib.md5(address.lower().encode()).hexdigest()


def _error(status: int, detail: str) -> Any:
    one = {"id": "1", "status": status, "code": "invalid", "title": "Refused", "detail": detail}
    return {"errors": [one]}


@contextmanager
def serving(program: Program) -> Iterator[str]:
    """Run `program` on a free port; yield its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            read = self.rfile.read(length)
            body = json.loads(read) if read else None
            parts = urlsplit(self.path)
            with program.lock:
                program.requests.append((self.command, parts.path, body))
                mood = program.mood
            told = mood(self.command, parts.path) if mood else None
            if told is not None:
                self._send(*told)
                return
            with program.lock:
                if not program.is_ours(self.headers):
                    self._send(*program.unknown_key(), {})
                    return
                reply = program.answer(self.command, parts.path, parse_qs(parts.query), body)
            self._send(*reply, {})

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do

        def _send(self, status: int, body: Any, headers: dict[str, str]) -> None:
            # Bytes are sent as they are, as somebody between us and the program sends them.
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            data = b"" if body is None else data
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            # A client that has had enough is gone.
            with suppress(OSError):
                self.wfile.write(data)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        program.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


PROGRAMS = {"klaviyo": Klaviyo, "brevo": Brevo, "mailchimp": Mailchimp}
