"""How much better the churn risks are than a simple rule, in plain sentences."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from core.text.formats import number_shown, share_shown
from predictions.admin.models.model_summary import SMALL_DIFFERENCE, Answers
from predictions.admin.models.versions.figures import Figure, figures_of, window_of

# The baseline that anybody could use without a model.
SIMPLE_RULE = "recency_only"


def trust_sentences(answers: Answers) -> list[str]:
    """Return how the risks of a version compare with the days since the last order.

    Without an evaluation, return the answer of the model's page.
    """
    found = {one.name: one for one in figures_of(answers.version) if one.baseline == SIMPLE_RULE}
    if "brier" not in found:
        return [answers.is_better]
    return list(_sentences(found, answers))


def _sentences(found: dict[str, Figure], answers: Answers) -> Iterator[str]:
    ours, theirs = found["brier"].value, found["brier"].baseline_value
    if ours is None or not theirs:
        yield answers.is_better
        return
    part = (theirs - ours) / theirs
    if part <= 0:
        yield _("No: a guess by the days since the last order alone is at least as good.")
    else:
        text = (
            _(
                "A little: the risks are wrong by %(part)s less than a guess by the days since the "
                "last order alone."
            )
            if part < SMALL_DIFFERENCE
            else _(
                "Yes: the risks are wrong by %(part)s less than a guess by the days since the "
                "last order alone."
            )
        )
        yield text % {"part": share_shown(part)}
    ranking = found.get("auc")
    if ranking is not None and ranking.value is not None and ranking.baseline_value is not None:
        text = _(
            "Of one customer who left and one who stayed, the risks name the right one "
            "%(ours)s times out of 100, that guess %(theirs)s times."
        )
        yield text % {
            "ours": number_shown(_percent(ranking.value)),
            "theirs": number_shown(_percent(ranking.baseline_value)),
        }
    if (days := window_of(answers.version)) is not None:
        text = _("Both were tested on %(days)s days whose orders the model had not seen.")
        yield text % {"days": number_shown(days)}


def _percent(share: float) -> int:
    return round(share * 100)
