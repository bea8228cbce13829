"""The History page of a rule: its versions, what each changed, and restoring one."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from core.problems import Invalid
from price_rules.editing.saving import restore_version
from price_rules.models import CartPriceRule, CartPriceRuleVersion

SHOWN = 50
LABELS = {field.name: field.verbose_name for field in CartPriceRule._meta.fields}


def history_page(
    request: HttpRequest, rule: CartPriceRule, context: dict[str, Any]
) -> HttpResponse:
    """Show the latest versions, each with the fields that it changed."""
    rows = list(rule.versions.select_related("author").order_by("-number")[: SHOWN + 1])
    versions = [
        (row, _changes(rows[index + 1].definition, row.definition) if rows[index + 1 :] else [])
        for index, row in enumerate(rows[:SHOWN])
    ]
    context |= {"versions": versions, "page_name": _("History"), "tab": "history"}
    return TemplateResponse(request, "admin/price_rules/rule/history.html", context)


def restore(request: HttpRequest, rule: CartPriceRule, context: dict[str, Any]) -> HttpResponse:
    """Make an older version the newest one again."""
    try:
        number = int(request.POST.get("version", ""))
        restore_version(rule, number, author=request.user)
    except Invalid as error:
        messages.error(request, _("Not restored: %(problems)s") % {"problems": error})
    except (ValueError, CartPriceRuleVersion.DoesNotExist) as error:
        raise Http404 from error
    else:
        messages.success(request, _("Version %(number)d is restored.") % {"number": number})
    return redirect("admin:price_rules_cartpricerule_change", rule.pk)


def _changes(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """Return what differs: the field as people call it, and both values."""
    return [
        (str(LABELS[name]), before.get(name), value)
        for name, value in after.items()
        if before.get(name) != value
    ]
