"""Shows the winner of an experiment at its place for good."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.problems import Locked, Problem
from core.text.codes import free_code
from personalization.experiences.resources import PLACEMENTS, VARIANTS
from personalization.experiences.serving.catalogue import change
from personalization.experiments.resource import EXPERIMENTS
from personalization.experiments.results.verdict import Verdict
from personalization.experiments.running import Before, stop
from personalization.models import ExperienceVariant, Experiment, ExperimentState, Mode

Winner = Mapping[str, Any]


def winner_of(row: Experiment, figures: Mapping[str, Any]) -> Winner | None:
    """Return the variant that `figures`, the results of `row`, name as the winner.

    None without a winner, for an experiment without a place, and where the default of the place
    or an algorithm won: these are no content that the place could show for good.
    """
    if row.placement is None or row.mode == Mode.BANDIT or figures["verdict"] != Verdict.BETTER:
        return None
    won: Winner = next(one for one in row.variants if one["code"] == figures["winner"])
    return won if won.get("content") else None


def is_rolled_out(row: Experiment, winner: Winner) -> bool:
    """Return whether the place of `row` shows `winner` to the audience of `row`."""
    place = row.placement
    if place is None or row.state != ExperimentState.STOPPED:
        return False
    if row.audience is None:
        return bool(place.default_content == winner["content"])
    shown = _variant_of(row, winner)
    return any(
        all(getattr(one, name) == value for name, value in shown.items())
        for one in place.variants.all()
    )


def roll_out(
    row: Experiment, winner: Winner, *, author: Any, before: Before | None = None
) -> Experiment:
    """Stop `row` if it is running, and make `winner` the default of its place.

    The winner of an experiment with an audience becomes an active variant for that audience, which
    precedes the other active variants of the place.
    `before` is called with the locked row. Raises Invalid and Locked as `stop` and a change of the
    place do.
    """
    with transaction.atomic():
        change()  # In the order of `start` and `stop`.
        found: Experiment = EXPERIMENTS.lock(row.pk)
        if before is not None:
            before(found)
        if found.placement is None:
            raise Locked([Problem("placement", "no_placement", _("The experiment has no place."))])
        if found.state == ExperimentState.RUNNING:
            found = stop(found, author=author)
        _show(found, winner, author)
        return found


def _variant_of(row: Experiment, winner: Winner) -> dict[str, Any]:
    """Return the fields of a variant that shows `winner` to the audience of `row`, always."""
    always = {"is_active": True, "context": {}, "starts_at": None, "ends_at": None}
    return {"audience": row.audience, "content": winner["content"], **always}


def _show(row: Experiment, winner: Winner, author: Any) -> None:
    place, content = row.placement, winner["content"]
    if row.audience is None:
        PLACEMENTS.change(place, {"default_content": content}, author=author)
        return
    rows = ExperienceVariant.objects.filter(placement=place).order_by("priority", "code")
    # An active variant for others stays theirs.
    reusable = (one for one in rows if not one.is_active or one.audience == row.audience)
    variant = next((one for one in reusable if one.content == content), None)
    others = [one.priority for one in rows if one.is_active and one != variant]
    shown = _variant_of(row, winner) | {"priority": min(others, default=1) - 1}
    if variant is not None:
        VARIANTS.change(variant, shown, author=author)
    else:
        free = {"code": free_code(winner["code"], rows, otherwise="variant")}
        VARIANTS.create(free | shown, author=author, new=ExperienceVariant(placement=place))
