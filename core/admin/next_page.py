"""Lead from a saved form back to the page that opened it, named by `next` in its address."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

NEXT = "next"


def next_page(request: HttpRequest) -> str:
    """Return the address in `next`, if it is one of the admin on this host, else ""."""
    address = request.GET.get(NEXT, "")
    is_here = url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    return address if is_here and address.startswith(reverse("admin:index")) else ""


def page_leading_back(name: str, back: str, *row: int, **values: str) -> str:
    """Return the address of the page `name` whose form begins with `values` and leads to `back`.

    `row` is the primary key of the row that the page is about.
    """
    return f"{reverse(name, args=row)}?{urlencode({**values, NEXT: back})}"


class LeadsBack(ModelAdmin[Any]):
    """A form whose button “Save” leads to `page_after`."""

    def page_after(self, request: HttpRequest, row: Any, *, is_new: bool) -> str:
        """Return the address that saving `row` leads to; "": the list of rows."""
        return next_page(request)

    def response_add(self, request: HttpRequest, obj: Any, *args: Any, **more: Any) -> HttpResponse:
        back = self._leave(request, obj, is_new=True)
        return back or super().response_add(request, obj, *args, **more)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return self._leave(request, obj, is_new=False) or super().response_change(request, obj)

    def _leave(self, request: HttpRequest, row: Any, *, is_new: bool) -> HttpResponse | None:
        # Django's other buttons say themselves where they lead.
        stays = {"_continue", "_addanother", "_popup"} & request.POST.keys()
        address = "" if stays else self.page_after(request, row, is_new=is_new)
        if not address:
            return None
        said = {"kind": row._meta.verbose_name, "name": row}
        self.message_user(request, _("Saved: %(kind)s “%(name)s”.") % said, messages.SUCCESS)
        return HttpResponseRedirect(address)
