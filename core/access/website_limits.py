"""Limits of users to websites: the rows that such a user may see and change.

A limit is a set of internal keys of websites; None is no limit. It is read once for each request.
"""

from collections.abc import Collection, Iterable
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from core.problems import Problem

if TYPE_CHECKING:  # The site of the admin is made with this module, before there are models.
    from django.contrib.auth.models import User

    from core.access.api_token import ApiToken

Websites = frozenset[int] | None
Rows = TypeVar("Rows", bound=Model)

CODE = "outside_websites"
# Problems that a row does not exist: limited users get the same answer for rows of other websites.
UNKNOWN_ROWS = frozenset(
    {"unknown_segment", "segment_outside_stores", "unknown_rule", "unknown_store"}
)
# The attribute for the limit on a user instance, which lives for one request.
KNOWN = "known_website_limit"
# The annotation of the query for the user: whether the user has a limit at all.
HAS_LIMIT = "has_website_limit"


class Treatment(Enum):
    """How a page or an API operation treats a user who is limited to websites."""

    # The response is 403, which is the default.
    REFUSED = "refused"
    # It shows and changes only what the limit allows.
    LIMITED = "limited"
    # It neither names nor counts customers.
    OPEN = "open"


class OutsideWebsites(PermissionDenied):
    """A request of a limited user that concerns other websites; the API responds with 403."""

    def __init__(self) -> None:
        super().__init__(_("Your account is limited to websites, and this concerns others."))


def websites_of(user: Any) -> Websites:
    """Return the websites that `user` is limited to; None for all.

    `user` may be None or a program: commands and tasks are not limited. Limits of several groups
    are united, and intersected with the user's own limit. Superusers are not limited.
    """
    if user is None or not getattr(user, "pk", None):
        return None
    if not hasattr(user, KNOWN):
        setattr(user, KNOWN, _stored_limit(user))
    known: Websites = getattr(user, KNOWN)
    return known


def limit_by_token(token: "ApiToken") -> None:
    """Intersect the user's limit with that of `token`, which `token_with` has returned.

    Call this before the user is limited to the token's permissions, since superusers have no limit.
    """
    setattr(token.user, HAS_LIMIT, token.__dict__["user_limit"])
    own = websites_of(token.user)
    if token.__dict__["token_limit"]:
        from core.access.websites import TokenWebsite

        named = _ids(TokenWebsite.objects.filter(token=token.pk))
        setattr(token.user, KNOWN, named if own is None else own & named)


def is_limited(user: Any) -> bool:
    """Return whether `user` is limited to websites."""
    return websites_of(user) is not None


def check_treatment(user: Any, treatment: Treatment) -> None:
    """Raise OutsideWebsites where `user` is limited and `treatment` refuses limited users."""
    if treatment is Treatment.REFUSED and is_limited(user):
        raise OutsideWebsites


def limit_rows(rows: QuerySet[Rows], user: Any, path: str) -> QuerySet[Rows]:
    """Return those of `rows` whose website, at `path`, `user` may see."""
    return rows_within(rows, websites_of(user), path)


def rows_within(rows: QuerySet[Rows], websites: Websites, path: str) -> QuerySet[Rows]:
    """Return those of `rows` whose website, at `path`, is one of `websites` (None: all)."""
    return rows if websites is None else rows.filter(**{f"{path}__in": sorted(websites)})


def is_within(website: int | None, websites: Websites) -> bool:
    """Return whether a user with the limit `websites` may see a row of this website."""
    return websites is None or website in websites


def may_see(named: Collection[int], websites: Websites) -> bool:
    """Return whether something on the `named` websites (none: all) covers one of the limit."""
    return websites is None or not named or not websites.isdisjoint(named)


def may_change(named: Collection[int], websites: Websites) -> bool:
    """Return whether something on the `named` websites (none: all) is within the limit."""
    return websites is None or (bool(named) and websites.issuperset(named))


def check_covers(user: Any, named: Collection[int]) -> None:
    """Raise OutsideWebsites unless `user` may change something on the `named` websites."""
    if not may_change(named, websites_of(user)):
        raise OutsideWebsites


def findings_within(problems: Iterable[Problem], websites: Websites) -> list[Problem]:
    """Return those of `problems` that a user with the limit `websites` may see.

    A row that does not exist is treated like a row of another website: raises OutsideWebsites where
    there are no other problems.
    """
    found = list(problems)
    if websites is None or not found:
        return found
    shown = [one for one in found if not _is_of_unknown_row(one)]
    if not shown:
        raise OutsideWebsites
    return shown


def _is_of_unknown_row(problem: Problem) -> bool:
    is_website = (problem.field, problem.code) == ("websites", "unknown_choice")
    return is_website or problem.code in UNKNOWN_ROWS


def load_limits_with_users() -> None:
    """Make the query for the user of a session also read whether the user has a limit.

    A user without a limit then costs no further query, whatever backend has logged the user in.
    """
    from django.contrib.auth.backends import ModelBackend

    ModelBackend.get_user = _get_user  # type: ignore[method-assign,assignment]


def _get_user(backend: Any, user_id: int) -> "User | None":
    from django.contrib.auth.models import User

    from core.access.websites import user_has_limit

    rows = User._default_manager.annotate(**{HAS_LIMIT: user_has_limit("pk")})
    user = rows.filter(pk=user_id).first()
    return user if user is not None and backend.user_can_authenticate(user) else None


def _stored_limit(user: "User") -> Websites:
    if user.is_superuser or not getattr(user, HAS_LIMIT, True):
        return None
    from core.access.websites import GroupWebsite, UserWebsite

    own = _ids(UserWebsite.objects.filter(user=user.pk))
    of_groups = _ids(GroupWebsite.objects.filter(group__user=user.pk))
    if not own or not of_groups:
        return own or of_groups or None
    return own & of_groups


def _ids(rows: QuerySet[Any]) -> frozenset[int]:
    return frozenset(rows.values_list("website", flat=True))
