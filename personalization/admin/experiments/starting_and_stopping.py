"""The pages that start, stop and roll out an experiment: they ask first, since all are for good."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from conditions.language.operators import Words
from core.clock import now
from core.problems import Invalid, Locked, Problem
from core.text.formats import number_shown
from personalization.admin.experiences.variants.variant_list import place_page
from personalization.conditions.audience import BELONGING, check_audience, is_question
from personalization.experiments.assignment.channels import Reach, Use, channel_of
from personalization.experiments.assignment.eligible import Eligible, eligible_for, fewest_of
from personalization.experiments.assignment.variants import reasons_against_joining
from personalization.experiments.results.figures import results_of
from personalization.experiments.rollout import roll_out, winner_of
from personalization.experiments.running import start, stop
from personalization.models import Experiment, ExperimentState, Mode, Selection
from predictions.figures.single_computation import Busy
from predictions.figures.single_computation import turn as single_turn
from segments.models import Membership

# Keys of a variant that do not describe what the variant shows.
NOT_SHOWN = ("code", "weight")
CHANGES = ("change_placement", "add_experiencevariant", "change_experiencevariant")


@dataclass(frozen=True)
class Turn:
    """A step that an experiment may take from the states `of`, and its words."""

    permissions: tuple[str, ...]
    of: tuple[ExperimentState, ...]
    take: Callable[..., Experiment]
    title: Words
    question: Words
    explained: Words
    done: Words


START = Turn(
    ("personalization.start_experiment",),
    (ExperimentState.DRAFT,),
    start,
    gettext_lazy("Start"),
    gettext_lazy("Start “%(name)s”?"),
    gettext_lazy(
        "From now on customers are assigned variants. Variants, weights, audience, metrics and "
        "the way of reading are locked then; traffic may only grow."
    ),
    gettext_lazy("The experiment is running."),
)
STOP = Turn(
    ("personalization.stop_experiment",),
    (ExperimentState.RUNNING,),
    stop,
    gettext_lazy("Stop"),
    gettext_lazy("Stop “%(name)s”?"),
    gettext_lazy(
        "Stopping is final: nobody is assigned a variant any more, and it cannot be started again."
    ),
    gettext_lazy("The experiment was stopped."),
)
ROLL_OUT = Turn(
    ("personalization.stop_experiment", *(f"personalization.{one}" for one in CHANGES)),
    (ExperimentState.RUNNING, ExperimentState.STOPPED),
    roll_out,
    gettext_lazy("Roll out"),
    gettext_lazy("Roll out “%(winner)s”?"),
    gettext_lazy(
        "The experiment ends, and the place “%(place)s” shows “%(winner)s” to everybody for whom "
        "it has no variant of its own. The history of the place keeps its present default."
    ),
    gettext_lazy("“%(winner)s” is rolled out."),
)
FOR_AUDIENCE = gettext_lazy(
    "The experiment ends, and the place “%(place)s” shows “%(winner)s” to the customers for whom "
    "the experiment was, before its other variants. All others see what they see today."
)
BY_GOALS = gettext_lazy(
    "The experiment ends, and “%(winner)s” becomes a variant of the place “%(place)s” for the "
    "customers for whom the experiment was. The place goes on choosing what reaches its goals best."
)


def turning_page(
    request: HttpRequest, row: Experiment, turn: Turn, context: dict[str, Any]
) -> HttpResponse:
    """Ask for confirmation of the step of `row`; take the step on a POST.

    Without a winner, an experiment cannot be rolled out.

    A POST from a page with another version than the stored one, or another winner than the present
    one, is answered with the problem (Locked), and changes nothing.
    """
    problems: list[Problem] = []
    words, is_possible, take = {"name": row.name}, row.state in turn.of, turn.take
    if turn is ROLL_OUT and is_possible:
        try:
            with single_turn():
                winner = winner_of(row, results_of(row, now()).figures)
        except Busy as error:
            winner, problems = None, [Problem("", "busy", str(error))]
        is_possible = winner is not None
        if winner is not None and row.placement is not None:
            words |= {"winner": winner["code"], "place": row.placement.code}
            take = partial(roll_out, winner=winner)
    if request.method == "POST" and (is_possible or turn is not ROLL_OUT):
        opened = request.POST.get("version")

        def check_version(found: Experiment) -> None:
            if (opened, request.POST.get("winner")) != (str(found.version), words.get("winner")):
                text = _("Somebody else has changed it meanwhile: look at it first.")
                raise Locked([Problem("", "changed", text)])

        try:
            take(row, author=request.user, before=check_version)
        except Invalid as error:
            problems = list(error.problems)
        else:
            messages.success(request, str(turn.done) % words)
            place = row.placement if turn is ROLL_OUT else None
            page = place_page(place, request.user) if place is not None else ""
            own = reverse("admin:personalization_experiment_change", args=[row.pk])
            return HttpResponseRedirect(page or own)
        row.refresh_from_db()
        is_possible = is_possible and row.state in turn.of
    explained = turn.explained
    if turn is ROLL_OUT and row.audience is not None and row.placement is not None:
        chooses = row.placement.selection == Selection.GOALS
        explained = BY_GOALS if chooses else FOR_AUDIENCE
    context |= {
        "title": str(turn.question) % words if is_possible else row.name,
        "page_name": turn.title,
        "row": row,
        "turn": turn,
        "winner": words.get("winner"),
        "explained": str(explained) % words if is_possible else "",
        "problems": problems,
        "is_possible": is_possible,
    }
    if turn is START and context["is_possible"]:
        eligible, channel = eligible_for(row), channel_of(row.variants)
        may_see = channel is not None and request.user.has_perms(channel.permissions)
        reach = channel.reach(row) if channel is not None and may_see else None
        context |= {"eligible": eligible, "reach": reach}
        context["warnings"] = list(_warnings(row, eligible, reach))
    if turn is not START and row.state == ExperimentState.RUNNING:
        context["waiting"] = _waiting(row, request.user)
    return TemplateResponse(request, "admin/personalization/experiments/turning.html", context)


def _waiting(row: Experiment, user: User | AnonymousUser) -> list[Use]:
    """Return the uses that are not sent or shown after `row` stops; unnamed without permission."""
    channel = channel_of(row.variants)
    found = channel.waiting(row) if channel is not None else ()
    may_see = channel is not None and user.has_perms(channel.permissions)
    return [one if may_see else Use("", "") for one in found]


def _warnings(row: Experiment, eligible: Eligible, reach: Reach | None) -> Iterator[str]:
    """Yield what speaks against starting `row`, and what it still needs."""
    if row.planned_size is None and row.mode == Mode.FIXED:
        yield _("It has no planned size yet: without one it cannot be started.")
    never = list(reasons_against_joining(row))
    yield from (one.message for one in never)
    yield from _audience_warnings(row)
    if not eligible.about and not never:
        yield _(
            "Nobody could take part now. Customers who take part have to allow tracking and may "
            "not refuse personalization: the storefront has to ask for that first."
        )
    shown = [{key: one[key] for key in one if key not in NOT_SHOWN} for one in row.variants]
    if all(one == shown[0] for one in shown):
        yield _("All variants show the same: whatever they differ by is chance.")
    channel = channel_of(row.variants)
    if channel is not None and not channel.uses(row):
        yield str(channel.unused)
    beside = row.placement.variants.filter(is_active=True).count() if row.placement else 0
    if beside:
        text = ngettext(
            "Customers who take part do not see the variant of the place any more: the experiment "
            "goes before it.",
            "Customers who take part do not see the %(count)s variants of the place any more: the "
            "experiment goes before them.",
            beside,
        )
        yield text % {"count": number_shown(beside)}
    needed = (row.planned_size or 0) * len(row.variants)
    if reach is not None:
        yield from _reaches_too_few(row, reach)
    elif needed > eligible.about:
        yield _(
            "It is planned with %(needed)s customers in all, and of those who are there today "
            "about %(there)s can take part."
        ) % {"needed": number_shown(needed), "there": number_shown(eligible.about)}


def _audience_warnings(row: Experiment) -> Iterator[str]:
    """Yield why nobody is in the audience of `row`, or sees its placement, at present."""
    audience = row.audience
    if audience is not None:
        yield from (one.message for one in check_audience(audience, audience).warnings)
        if is_question(audience) and audience["operator"] in BELONGING:
            members = Membership.objects.filter(segment__code__in=audience["segments"])
            if not members.filter(segment__is_active=True).exists():
                yield _("Nobody is in the audience now: its segments have no members.")
    if row.placement is not None and not row.placement.is_active:
        yield _("The place is inactive: it shows nothing until it is active.")


def _reaches_too_few(row: Experiment, reach: Reach) -> Iterator[str]:
    """Yield that the smallest variant would not reach its planned size."""
    fewest = fewest_of(row, reach.about)
    if row.planned_size and fewest < row.planned_size:
        yield _(
            "It is planned with %(planned)s customers for each variant and would not reach that: "
            "of the %(people)s whom it reaches now about %(about)s could take part, and about "
            "%(fewest)s would get the smallest variant."
        ) % {
            "planned": number_shown(row.planned_size),
            "people": number_shown(reach.people),
            "about": number_shown(reach.about),
            "fewest": number_shown(fewest),
        }
