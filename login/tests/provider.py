"""An OpenID provider on this machine, with real keys, that can be told to do each thing wrong."""

import base64
import hashlib
import json
import threading
import time
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

CLIENT, SECRET = "tranche", "s3cr%t &"


@cache
def rsa_key(name: str = "first") -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def public(key: Any, kid: str, **more: Any) -> dict[str, Any]:
    """Return the public half of `key` as a JWK."""
    rsa_or_ec = (
        jwt.algorithms.RSAAlgorithm
        if isinstance(key, rsa.RSAPrivateKey)
        else jwt.algorithms.ECAlgorithm
    )
    return {**rsa_or_ec.to_jwk(key.public_key(), as_dict=True), "kid": kid, "use": "sig", **more}


class FakeProvider:
    """One provider; what is in `claims`, `userinfo`, `statuses` and so on is what it answers."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {}
        self.userinfo: dict[str, Any] | None = None
        self.key, self.alg, self.kid = rsa_key(), "RS256", "one"
        self.keys = [public(rsa_key(), "one"), public(ec_key(), "two")]
        self.token: Any = None
        self.statuses: dict[str, int] = {}
        self.seconds = 0.0
        self.asked: list[tuple[str, dict[str, str], str]] = []
        self.request: dict[str, str] = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://127.0.0.1:{self.server.server_port}/realm"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def authorize(self, location: str) -> str:
        """Take the browser's request; return the `state` that goes back with the code."""
        assert location.startswith(f"{self.issuer}/authorize?")
        self.request = dict(parse_qsl(urlsplit(location).query))
        return self.request["state"]

    def id_token(self) -> Any:
        if self.token is not None:
            return self.token
        at = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT, "sub": "sub-1", "iat": at, "exp": at + 60,
            "nonce": self.request.get("nonce"), "preferred_username": "ann", **self.claims,
        }  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, self.key, self.alg, headers={"kid": self.kid})

    def answer(self, path: str, form: dict[str, str], authorization: str) -> tuple[int, Any]:
        if path.endswith("/openid-configuration"):
            names = ("authorize", "token", "keys", "userinfo")
            authorize, token, keys, info = (f"{self.issuer}/{name}" for name in names)
            said = {
                "issuer": self.issuer, "authorization_endpoint": authorize,
                "token_endpoint": token, "jwks_uri": keys,
            }  # fmt: skip
            return 200, said | ({"userinfo_endpoint": info} if self.userinfo is not None else {})
        if path.endswith("/keys"):
            return 200, {"keys": self.keys}
        if path.endswith("/userinfo"):
            return (200 if authorization == "Bearer access-1" else 401), self.userinfo
        challenge = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        expected = self.request["code_challenge"]
        is_right = base64.urlsafe_b64encode(challenge).decode().rstrip("=") == expected
        client = base64.b64encode(b"tranche:s3cr%25t+%26").decode()
        if not is_right or form.get("code") != "code-1" or authorization != f"Basic {client}":
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "access-1", "id_token": self.id_token()}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                text = self.rfile.read(length).decode()
                form = {name: values[0] for name, values in parse_qs(text).items()}
                authorization = self.headers.get("Authorization", "")
                path = self.path
                status, body = provider.answer(path, form, authorization)
                status = provider.statuses.get(path.rpartition("/")[2], status)
                time.sleep(provider.seconds)
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_POST = do_GET

            def log_message(self, *args: Any) -> None:
                pass

        return Handler
