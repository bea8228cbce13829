"""The protocol: versions, refusals before any tool, batches, sizes, and the SDK's own client."""

import io
import json
import os
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.core.management import CommandError, call_command
from django.test import Client

from mcp_server import results
from mcp_server.tests.conftest import Assistant, some

pytestmark = [pytest.mark.django_db, pytest.mark.once]

PING = {"jsonrpc": "2.0", "id": "a", "method": "ping"}


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("2025-03-26", "2025-03-26"),
        ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"),
        ("2024-11-05", "2025-11-25"),
    ],
)
def test_version_is_negotiated(asked: str, answered: str) -> None:
    found = some().ask("initialize", protocolVersion=asked, capabilities={}, clientInfo={})
    assert found["protocolVersion"] == answered and found["serverInfo"]["name"] == "tranche"


def test_refusals_before_any_message(settings: Any) -> None:
    """Catches a way in without a token, by a cookie, another site's page, or when it is off."""
    assistant, anonymous = some(), Client()
    for method in ("get", "delete", "put"):
        assert getattr(anonymous, method)("/mcp/").status_code == 405
    headers: Any
    for headers in (
        {},
        {"Authorization": "Bearer no"},
        {"Authorization": f"Token {assistant.key}"},
    ):
        response = anonymous.post("/mcp/", PING, "application/json", headers=headers)
        assert response.status_code == 401
        assert response["WWW-Authenticate"] == "Bearer"
    settings.MCP_ORIGINS = ["https://assistant.example"]
    for origin, status in (
        *(("http://testserver", 200), ("https://assistant.example", 200)),
        *(("https://evil.example", 403), ("null", 403)),
    ):
        assert assistant.send(PING, Origin=origin).status_code == status
    assert assistant.send(PING, **{"MCP-Protocol-Version": "2024-11-05"}).status_code == 400
    settings.MCP_ENABLED = False
    assert assistant.send(PING).status_code == 404


def test_messages_and_batches() -> None:
    assistant = some()
    notification = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    quiet = assistant.send(notification)
    assert (quiet.status_code, quiet.content) == (202, b"")
    assert assistant.send(PING).json() == {"jsonrpc": "2.0", "id": "a", "result": {}}
    batch = assistant.send([PING, notification, {**PING, "id": 2}]).json()
    assert [one["id"] for one in batch] == ["a", 2]
    newer = assistant.send([PING], **{"MCP-Protocol-Version": "2025-06-18"})
    assert newer.status_code == 400
    for message, code in (
        *(({**PING, "method": "resources/list"}, -32601), ({**PING, "params": []}, -32602)),
        *(({"id": 1, "method": "ping"}, -32600), ({**PING, "method": "tools/call"}, -32602)),
        ({**PING, "id": "\ud800"}, -32600),
        ({**PING, "method": "tools/call", "params": {"name": "x", "arguments": []}}, -32602),
    ):
        assert assistant.send(message).json()["error"]["code"] == code
    broken = Client().post(
        "/mcp/", "{", "application/json", headers={"Authorization": f"Bearer {assistant.key}"}
    )
    assert broken.json()["error"]["code"] == -32700


def test_arguments_are_checked_with_their_places(boss: Assistant) -> None:
    problem = boss.refusal("segments_list", limit=51, colour="red", tag="\0")
    assert {one["path"] for one in problem["errors"]} == {"", "limit"}


def test_large_pages_are_cut_and_gone_on_from(
    boss: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches an answer above the limit, and rows that are lost where a page is cut."""
    whole = boss.call("segments_list")["results"]
    monkeypatch.setattr(results, "MOST_BYTES", 900)
    first = boss.call("segments_list")
    rest = boss.call("segments_list", cursor=first["next"])
    assert len(first["results"]) == 1 and first["results"] + rest["results"] == whole
    assert "left_out" in boss.call("segments_get", code="vip")
    monkeypatch.setattr(results, "MOST_BYTES", 2_000)
    many = boss.refusal("customers_check", customer="C1", segments=[1] * 20)
    assert 1 < len(many["errors"]) < 20 and many["left_out"] == ["errors"]


def test_an_unexpected_error_is_no_server_error(
    boss: Assistant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("mcp_server.caller.view_named", lambda name: 1 / 0)
    assert boss.refusal("segments_list")["status"] == 500
    assert "ZeroDivisionError" in caplog.text


def test_standard_input_and_output(
    boss: Assistant, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    messages = [PING, {"jsonrpc": "2.0", "method": "notifications/initialized"}, "no"]
    call = {"name": "segments_list", "arguments": {}}
    messages.append({**PING, "method": "tools/call", "params": call})
    lines = ("\n".join(map(json.dumps, messages)) + "\n{\n").encode() + b'"\xff"\n'
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(lines)))
    monkeypatch.setitem(os.environ, "TRANCHE_TOKEN", boss.key)
    call_command("mcp")
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    codes = [one.get("error", {}).get("code") for one in answers]
    assert codes == [None, -32600, None, -32700, -32600]
    assert len(answers[2]["result"]["structuredContent"]["results"]) == 2
    monkeypatch.setitem(os.environ, "TRANCHE_TOKEN", "no")
    with pytest.raises(CommandError):
        call_command("mcp")


def test_official_client_lists_and_calls_tools(boss: Assistant) -> None:
    """Catches messages that only our own client understands, in its own choice of a version."""
    http = pytest.importorskip("httpx2")
    sdk = pytest.importorskip("mcp.client.client")
    streams = pytest.importorskip("mcp.client.streamable_http")
    sent = []

    def answer(method: str, content: bytes, headers: dict[str, str]) -> Any:
        sent.append((method, headers.get("mcp-protocol-version")))
        kind = headers.pop("content-type", "")
        return Client().generic(method, "/mcp/", content, content_type=kind, headers=headers)

    class Inside(http.AsyncBaseTransport):
        async def handle_async_request(self, request: Any) -> Any:
            names = ("content-type", "accept", "authorization", "mcp-protocol-version")
            headers = {name: request.headers[name] for name in names if name in request.headers}
            content = await request.aread()
            found = await sync_to_async(answer)(request.method, content, headers)
            kind = {"content-type": found.headers.get("Content-Type", "")}
            return http.Response(found.status_code, content=found.content, headers=kind)

    async def work() -> Any:
        bearer = {"Authorization": f"Bearer {boss.key}"}
        async with http.AsyncClient(transport=Inside(), headers=bearer) as client:
            transport = streams.streamable_http_client("http://testserver/mcp/", http_client=client)
            async with sdk.Client(transport) as session:
                tools = await session.list_tools()
                return tools.tools, await session.call_tool("segments_list", {"limit": 5})

    tools, result = async_to_sync(work)()
    assert len(tools) == 20 and not result.is_error
    assert [one["code"] for one in result.structured_content["results"]] == ["all", "vip"]
    assert ("POST", "2025-11-25") in sent
