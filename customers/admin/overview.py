"""A customer's page “Overview”: figures and panels of this app and of others, only to be read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.access.website_limits import is_limited
from core.clock import now
from core.registries import Registry
from core.text.formats import moment_shown
from customers.admin.tabs import CUSTOMER_TABS, CustomerTab
from customers.models import Customer, Purpose
from customers.privacy.consent import latest_consent


@dataclass(frozen=True)
class Figure:
    """A number at the top of the page, formatted; `url` leads to what it counts, "" for nowhere."""

    label: str | Promise
    value: str
    note: str = ""
    url: str = ""


@dataclass(frozen=True)
class PanelContents:
    """The figures of a panel, and the template of its body with its own context; "" for no body."""

    figures: Sequence[Figure] = ()
    template: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Panel:
    """A part of the page for users with all `permissions`, in the order of `place`.

    `contents` gets the request, the customer and the current instant. `is_beside` puts the panel
    into the narrow column. `is_of_one_customer` is as in `CustomerTab`.
    """

    name: str
    place: int
    contents: Callable[[HttpRequest, Customer, datetime], PanelContents]
    permissions: Sequence[str] = ()
    is_beside: bool = False
    is_of_one_customer: bool = False


PANELS: Registry[Panel] = Registry("panel of a customer")


def overview_page(
    request: HttpRequest, customer: Customer, context: dict[str, Any]
) -> HttpResponse:
    """Show the panels that the user may see, with all their figures on top."""
    at, limited = now(), is_limited(request.user)
    shown = [
        (panel, panel.contents(request, customer, at))
        for panel in sorted(PANELS, key=lambda one: one.place)
        if request.user.has_perms(panel.permissions) and (panel.is_of_one_customer or not limited)
    ]
    context |= {
        "figures": [figure for _panel, contents in shown for figure in contents.figures],
        "columns": [
            [one for panel, one in shown if one.template and panel.is_beside == is_beside]
            for is_beside in (False, True)
        ],
    }
    return TemplateResponse(request, "admin/customers/customer/overview.html", context)


def _consent(_request: HttpRequest, customer: Customer, _at: datetime) -> PanelContents:
    """Return whether the customer agrees to mail, and to each purpose, and since when."""
    accepts = {True: _("yes"), False: _("no"), None: _("not asked yet")}[customer.accepts_marketing]
    since = customer.refused_marketing_at
    label = capfirst(str(Customer._meta.get_field("accepts_marketing").verbose_name))
    rows = [(label, accepts, moment_shown(since) if since else "")]
    for one in customer.subscriptions.select_related("store").order_by("store__code"):
        label = _("Newsletter of %(store)s") % {"store": one.store}
        rows.append((label, one.get_status_display(), moment_shown(one.status_changed_at)))
    for purpose in Purpose:
        said = latest_consent(customer, purpose)
        state = said.get_state_display() if said else _("not asked yet")
        since = said.at if said else None
        rows.append((capfirst(str(purpose.label)), state, moment_shown(since) if since else ""))
    return PanelContents(
        template="admin/customers/customer/consent_panel.html", context={"rows": rows}
    )


CUSTOMER_TABS.register(
    CustomerTab(
        "overview", gettext_lazy("Overview"), overview_page, place=0, is_of_one_customer=True
    )
)
PANELS.register(Panel("consent", 60, _consent, ("customers.view_consent",), is_beside=True))
