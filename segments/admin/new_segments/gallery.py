"""The gallery: shows templates in groups with counts, and creates segments from templates."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.text.formats import number_shown, share_shown
from segments.database.concurrency_limit import ASK_AGAIN_AFTER, TooMany, turn
from segments.editing.saving import create_segment
from segments.insight.previews.preview import PreviewFailed, preview
from segments.models import Segment
from segments.rules.definition import Definition
from segments.rules.gallery import GROUPS, Template, templates
from segments.rules.starters import STARTERS

# The time for which a count is cached for all users (seconds).
KEPT = 15 * 60


def gallery_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show all templates; the page's script requests the counts."""
    every = templates()
    made = dict(Segment.objects.filter(code__in=every).values_list("code", "pk"))
    groups = [
        (group, [(template, made.get(template.code)) for template in group.templates])
        for group in GROUPS
    ]
    context |= {
        "title": _("Templates"),
        "groups": groups,
        "templates_count": len(every),
        "may_add": request.user.has_perm("segments.add_segment"),
        "may_count": request.user.has_perm("conditions.preview"),
    }
    return TemplateResponse(request, "admin/segments/gallery.html", context)


def template_count(request: HttpRequest, context: dict[str, Any], code: str) -> JsonResponse:
    """Return how many customers a template would choose now, in words, as JSON.

    The status is 429 where the user gets no turn. Raises Http404 for an unknown template.
    """
    template = templates().get(code)
    if template is None:
        raise Http404
    missing = _missing(template)
    if missing:
        said = _("“%(name)s” is made with it, and fills first.") % {"name": missing[0].name}
        return JsonResponse({"said": said})
    key = f"template-count:{code}"
    found = cache.get(key)
    if found is None:
        try:
            with turn(cast(User, request.user)):
                found = _count_template(template)
        except TooMany:
            return JsonResponse({}, status=429, headers={"Retry-After": str(ASK_AGAIN_AFTER)})
        cache.set(key, found, KEPT)
    return JsonResponse({"said": _count_text(*found)})


def begin_with(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Create the segment of the chosen template, or all starter segments, and show the result.

    Raises Http404 for an unknown template.
    """
    chosen = request.POST.get("starter", "")
    wanted = STARTERS if chosen == "all" else [templates().get(chosen)]
    made = [_make(request, template) for template in wanted if template]
    if not made:
        raise Http404
    if len(made) == 1:
        messages.success(
            request,
            _("“%(name)s” is made. Look at its conditions, change them, and refresh it.")
            % {"name": made[0].name},
        )
        return redirect("admin:segments_segment_change", made[0].pk)
    messages.success(request, _("%(count)d segments are made.") % {"count": len(made)})
    return redirect("admin:segments_segment_changelist")


def _count_template(template: Template) -> tuple[int | None, int | None, float | None]:
    """Return the count, the planner's estimate without a count, and the share of the scope."""
    try:
        found = preview(template.conditions, applies_to=template.applies_to, limit=0)
    except PreviewFailed:
        return None, None, None
    return found.count, found.estimate, found.share


def _count_text(count: int | None, estimate: int | None, share: float | None) -> str:
    if count is None:
        if estimate is None:
            return _("Counting took too long and was stopped.")
        return _("about %(shown)s customers") % {"shown": number_shown(estimate)}
    said = ngettext("%(shown)s customer", "%(shown)s customers", count) % {
        "shown": number_shown(count)
    }
    return said if share is None else f"{said} ({share_shown(share)})"


def _missing(template: Template) -> list[Template]:
    """Return the templates that `template` needs and that are no segments yet."""
    made = set(Segment.objects.filter(code__in=template.needs).values_list("code", flat=True))
    return [templates()[code] for code in template.needs if code not in made]


def _make(request: HttpRequest, template: Template) -> Segment:
    stored: Segment | None = Segment.objects.filter(code=template.code).first()
    if stored:
        return stored
    for needed in _missing(template):
        _make(request, needed)
    definition = Definition(
        str(template.name),
        str(template.description),
        template.conditions,
        applies_to=template.applies_to,
    )
    return create_segment(definition, code=template.code, author=request.user).segment
