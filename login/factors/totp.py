"""Codes of authenticator apps: six digits of 30 seconds (RFC 6238), each taken once."""

import base64
import hashlib
import hmac
import secrets
from io import BytesIO
from urllib.parse import quote, urlencode

from django.contrib.auth.models import User

from core.clock import now
from login.models import Factor, FactorKind

PERIOD, DIGITS = 30, 6
# Steps that a phone's clock may be ahead or behind.
TOLERANCE = 1
ISSUER = "Tranche"
SECRET_BYTES = 20


def new_secret() -> str:
    """Return a new key, base32 as apps take it."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def code_at(secret: str, step: int) -> str:
    """Return the code of the time step (RFC 4226, 5.3)."""
    digest = hmac.new(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of(secret: str, code: str, *, after: int = 0) -> int | None:
    """Return the time step, later than `after`, whose code `code` is now; None for no step."""
    typed = code.replace(" ", "").encode(errors="surrogatepass")
    current = int(now().timestamp()) // PERIOD
    found = None
    for step in range(current - TOLERANCE, current + TOLERANCE + 1):
        is_same = hmac.compare_digest(code_at(secret, step).encode(), typed)
        if is_same and step > after and found is None:
            found = step
    return found


def take_code(user: User, code: str) -> bool:
    """Return whether `code` is one of the user's app that was not taken before; it is now."""
    factor = Factor.objects.filter(user=user, kind=FactorKind.TOTP).first()
    if factor is None:
        return False
    step = step_of(factor.secret, code, after=factor.counter)
    if step is None:
        return False
    # Of two requests with one code the second finds the counter moved.
    unused = Factor.objects.filter(pk=factor.pk, counter__lt=step)
    return bool(unused.update(counter=step, used_at=now()))


def address_of(user: User, secret: str) -> str:
    """Return the address that apps read from the picture."""
    label = quote(f"{ISSUER}:{user.get_username()}")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': ISSUER})}"


def picture_of(address: str) -> str:
    """Return the QR code of `address` as the address of an SVG image."""
    import qrcode
    from qrcode.image.svg import SvgPathFillImage

    image = BytesIO()
    qrcode.make(address, image_factory=SvgPathFillImage).save(image)
    return f"data:image/svg+xml;base64,{base64.b64encode(image.getvalue()).decode()}"
