"""Authentication of API requests: by a token or by the session of the admin."""

from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from rest_framework.authentication import (
    BaseAuthentication,
    SessionAuthentication,
    get_authorization_header,
)
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from core.access.api_token import ApiToken
from core.access.tokens import codename, limits_of, token_with
from core.access.website_limits import limit_by_token


class TokenKey(BaseAuthentication):
    """`Authorization: Token KEY`, or `Bearer KEY` as many clients write it."""

    schemes: ClassVar[tuple[str, ...]] = ("Token", "Bearer")

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Return the token's user and the token; None where the request has no such header.

        Raises AuthenticationFailed where the token is unknown, revoked or expired.
        """
        scheme, _space, key = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.title() not in self.schemes:
            return None
        token = token_with(key.strip())
        if token is None:
            raise AuthenticationFailed(_("This token is not valid, or no longer."))
        limit_by_token(token)
        return _limit_user(token), token


class Credentials(BaseAuthentication):
    """Authenticates by a token, else by the admin's session; without either, the response is 401.

    Wrong tokens are not counted: 256 bits cannot be guessed, and a program whose token has expired
    has to get that error and not a lock.
    """

    token: ClassVar = TokenKey()
    # Log-ins to a session are throttled by the log-in page.
    session: ClassVar = SessionAuthentication()

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        return self.token.authenticate(request) or self.session.authenticate(request)

    def authenticate_header(self, request: Request) -> str:
        return ", ".join(self.token.schemes)


def _limit_user(token: ApiToken) -> User:
    """Return the token's user, limited to the permissions of the token."""
    user: User = token.user
    limits = {codename(one) for one in limits_of(token)}
    if not limits:
        return user
    may = user.has_perm
    granted = {one for one in limits if may(one)}
    # The instance serves only this request and is never saved.
    user.is_superuser = user.is_staff = False
    user.has_perm = lambda perm, obj=None: perm in granted  # type: ignore[method-assign]
    return user
