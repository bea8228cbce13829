"""The borders of a tree's ranks, in words: the value of the last place, the average or median."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conditions.nodes.ranks import Ranked
from conditions.nodes.tree import Group, Node
from conditions.ranking.last_place import amount_of, last_place
from conditions.reason_text import CanSee, is_seen
from conditions.sql.place import Context
from conditions.sql.scope import context_at
from core.database.replicas import reading_alias
from core.database.time_limit import IsOver, time_limit
from core.text.formats import number_shown
from segments.insight.explanations.finding_texts import found_words
from segments.rules.evaluation.rule import Rule


def borders_in_time(
    rule: Rule, as_of: datetime, can_see: CanSee, deadline: float, is_over: IsOver
) -> dict[str, str]:
    """Return the border of each rank of the tree, by the path of its node, where there is one.

    For example "place 100 of 5,210: €612, shared by 3 customers". `can_see` decides which values
    the reader may see; other ranks are left out. `deadline` and `is_over` are those of
    `time_limit`.

    Raises:
        TookTooLong: The time was up, or the caller has gone.
    """
    ranks = [node for node in _ranks(rule.tree) if is_seen(node, can_see)]
    if not ranks:
        return {}
    with time_limit(deadline, is_over):
        context = context_at(as_of, rule.scope)
        found = ((node.path, _border(node, context)) for node in ranks)
        return {path: words for path, words in found if words}


def _ranks(node: Node) -> Iterator[Ranked]:
    # Without the ranks in a rank's population, which stand under a key of their own.
    if isinstance(node, Ranked):
        yield node
    elif isinstance(node, Group):
        for child in node.children:
            yield from _ranks(child)


def _border(node: Ranked, context: Context) -> str:
    figure = node.ranked_figure()
    if not node.rank.operator.is_place:
        amount = amount_of(node.rank, figure, context, reading_alias())
        if amount is None:
            return ""
        shown = {"amount": found_words(str(amount), figure)}
        is_average = node.rank.measure.value == "average"
        return (_("average: %(amount)s") if is_average else _("median: %(amount)s")) % shown
    last = last_place(node.rank, figure, context, reading_alias())
    if last is None:
        return ""
    words = _("place %(place)s of %(size)s: %(value)s") % {
        "place": number_shown(last.place),
        "size": number_shown(last.size),
        "value": found_words(str(last.figure), figure),
    }
    if last.sharing == 1:
        return words
    return ngettext(
        "%(place)s, shared by %(count)s customer",
        "%(place)s, shared by %(count)s customers",
        last.sharing,
    ) % {"place": words, "count": number_shown(last.sharing)}
