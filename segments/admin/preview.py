"""The preview of a segment's form: the count and the first customers, with their purchases."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import prefetch_related_objects
from django.http import HttpRequest

from core.audit import AuditSubject, record_look
from segments.admin.customer.purchases import purchases_of
from segments.admin.form import SegmentForm
from segments.database.concurrency_limit import TOO_MANY, TooMany
from segments.insight.preview import PreviewFailed
from segments.models import Segment


def preview_context(
    request: HttpRequest, form: SegmentForm, segment: Segment | None
) -> dict[str, Any]:
    """Return what the page of `form` shows of its preview, where the request asks for one.

    The audit log records which customers the user has seen.
    """
    user = cast(User, request.user)
    form.links_customers = user.has_perm("customers.view_customer")
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
