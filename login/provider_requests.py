"""One request to an identity provider: over within five seconds, of bounded size."""

import http.client
import socket
import ssl
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from login.refusals import ProviderAway
from segments.webhooks.sending import open_http_response, port_of

SECONDS = 5.0
MOST_BYTES = 1_000_000


def is_visible(text: str) -> bool:
    """Return whether `text` has visible ASCII characters alone, at least one."""
    return bool(text) and all("!" <= one <= "~" for one in text)


def fetch_from_provider(
    method: str, address: str, body: bytes | None, headers: Mapping[str, str]
) -> tuple[int, bytes]:
    """Return status and content of the response; redirects are not followed.

    `address` is the operator's or the provider's own. Raises ProviderAway, whose text quotes
    neither the address nor the content.
    """
    deadline = time.monotonic() + SECONDS
    try:
        parts = urlsplit(address)
        if not is_visible(address) or parts.scheme not in ("https", "http") or not parts.hostname:
            raise ProviderAway("its address is neither https:// nor http://")
        looked_up = socket.getaddrinfo(parts.hostname, port_of(parts), type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(one[4][0]) for one in looked_up))
        headers = {"Accept": "application/json", **headers}
        with open_http_response(parts, addresses, deadline, method, body, headers) as response:
            content = response.read(MOST_BYTES + 1)
            status = response.status
    except TimeoutError as error:
        raise ProviderAway(f"it gives no answer within {SECONDS:.0f} s") from error
    except ssl.SSLError as error:
        raise ProviderAway(f"TLS: {error.reason or type(error).__name__}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise ProviderAway(f"no answer: {type(error).__name__}") from error
    if len(content) > MOST_BYTES:
        raise ProviderAway("its answer is too long")
    return status, content
