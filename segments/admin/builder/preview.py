"""The preview of a segment's form: the count and the first customers, with their purchases.

The submitted form waits in the session for the page that shows its preview, for an hour or until it
is saved: one can leave that page and come back to it, and its address contains nothing of the form.
"""

import secrets
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from core.audit import AuditSubject, record_look
from core.clock import now
from segments.admin.builder.form import SegmentForm
from segments.admin.customer.purchases import purchases_of
from segments.database.concurrency_limit import TOO_MANY, TooMany
from segments.insight.previews.preview import PreviewFailed
from segments.models import Segment
from segments.rules.users import uses_of

# The parameter of the page that names the form, and the forms of a session by their names.
PREVIEWED, FORMS = "previewed", "segments_previewed"
MOST_FORMS, KEPT_SECONDS = 3, 3600
# The filters of the list from which the form was opened.
FILTERS = "_changelist_filters"


def keep_form(request: HttpRequest) -> str:
    """Keep the submitted form in the session, and return the URL of the page with its preview."""
    form = request.POST.copy()
    form.pop("csrfmiddlewaretoken", None)
    name = secrets.token_urlsafe(9)
    kept = {"form": form.urlencode(), "path": request.path, "at": now().timestamp()}
    forms = [*_kept_forms(request).items(), (name, kept)]
    request.session[FORMS] = dict(forms[-MOST_FORMS:])
    query = QueryDict(mutable=True)
    if filters := request.GET.get(FILTERS):
        query[FILTERS] = filters
    query[PREVIEWED] = name
    return f"{request.path}?{query.urlencode()}"


def find_kept_form(request: HttpRequest) -> QueryDict | None:
    """Return the form whose preview the requested page shows; None without one."""
    if request.method == "POST" or PREVIEWED not in request.GET:
        return None
    kept = _kept_forms(request).get(request.GET[PREVIEWED])
    # The form of another segment would overwrite this one when it is saved.
    if kept is None or kept["path"] != request.path:
        messages.warning(request, _("The unsaved conditions are no longer kept here."))
        return None
    return QueryDict(kept["form"])


def forget_forms(request: HttpRequest) -> None:
    """Remove all submitted forms from the session: they may name people."""
    request.session.pop(FORMS, None)


def _kept_forms(request: HttpRequest) -> dict[str, Any]:
    since = now().timestamp() - KEPT_SECONDS
    forms: dict[str, Any] = request.session.get(FORMS, {})
    return {name: kept for name, kept in forms.items() if kept["at"] >= since}


def preview_context(
    request: HttpRequest, form: SegmentForm, segment: Segment | None
) -> dict[str, Any]:
    """Return what the page of `form` shows of its preview, where the request asks for one.

    The audit log records which customers the user has seen.
    """
    user = cast(User, request.user)
    form.links_customers = user.has_perm("customers.view_customer")
    # Nobody is affected by the first change of a copy that nothing uses yet.
    form.is_new_copy = (
        "copied" in request.GET
        and segment is not None
        and segment.version == 1
        and not uses_of(segment, user)
    )
    context: dict[str, Any] = {"may_view_members": user.has_perm("segments.view_members")}
    try:
        preview = form.preview(user)
    except TooMany:
        messages.warning(request, TOO_MANY)
        return context
    except PreviewFailed as error:
        return context | {"preview_error": str(error)}
    if preview is None:
        return context
    found = list(preview.customers)
    if found:
        numbers = [one.external_id for one in found]
        name = segment.code if segment else "–"
        record_look(user, AuditSubject.SEGMENT, name, "preview", customers=numbers)
    sees_orders = user.has_perm("customers.view_order")
    if sees_orders:
        prefetch_related_objects(found, "rollup", "website")
    listed = [(one, purchases_of(one, preview.as_of) if sees_orders else None) for one in found]
    rest = (preview.count or 0) - len(listed)
    context |= {"preview": preview, "listed": listed, "rest": rest}
    return context | {"sees_orders": sees_orders}
