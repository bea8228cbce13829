"""Sentences about versions: their warnings, the result of their gate and general limits."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conditions.language.operators import Words
from predictions.deep.fitting import DIVERGED, TIME_LIMIT
from predictions.models import Gate, ModelVersion
from predictions.scoring.customer_panel import NO_MEAN_VALUE, UNKNOWN_MARGIN, warnings_of

WARNINGS: Mapping[str, Words] = {
    "no_dropout_visible": gettext_lazy(
        "In these purchases nobody is seen to leave for good, so that the probability of being "
        "alive is not shown. The forecasts remain."
    ),
    NO_MEAN_VALUE: gettext_lazy(
        "What customers spend differs too much for a usual order value of everybody: the expected "
        "order value of those who bought once is uncertain."
    ),
    "frequency_value_correlation": gettext_lazy(
        "Who buys more often spends more (or less) each time, which this model takes to be "
        "unrelated: values of frequent buyers may be off."
    ),
    "total_error": gettext_lazy(
        "The sum of all predictions was more than 20 % away from what was sold: use it to rank "
        "customers, not to plan sales."
    ),
    TIME_LIMIT: gettext_lazy(
        "The time for fitting a deep model was over: the best state so far is kept "
        "(DEEP_TIME_LIMIT_SECONDS)."
    ),
    DIVERGED: gettext_lazy(
        "The training of a deep model diverged: it was left out, and the best of the others is "
        "used."
    ),
    "one_outcome_only": gettext_lazy(
        "Everybody came back, or nobody did: there is nothing to tell customers apart by."
    ),
    UNKNOWN_MARGIN: gettext_lazy(
        "This is expected revenue, not profit: nobody has told the margin. It can be entered in "
        "the settings of a training."
    ),
}
GATES: Mapping[str, Words] = {
    Gate.PASSED: gettext_lazy("Passed: it is better than the baseline, and may be deployed."),
    Gate.FAILED: gettext_lazy(
        "Failed: it is not better than the baseline. To deploy it, give a reason."
    ),
    Gate.NOT_EVALUATED: gettext_lazy(
        "Not evaluated: there was too little history. To deploy it needs a reason."
    ),
    Gate.OVERRIDDEN: gettext_lazy("Overridden: somebody has deployed it with a reason."),
}
# The sentences for versions whose metrics have no baseline.
SOUND: Mapping[str, Words] = {
    Gate.PASSED: gettext_lazy("Passed: its figures are good enough, and it may be deployed."),
    Gate.FAILED: gettext_lazy(
        "Failed: its figures are not good enough. To deploy it needs a reason."
    ),
}
DEPLOYED_AT_ONCE = gettext_lazy(
    "While no version is deployed, the new one is deployed if it passes the approval check."
)
# The purpose of each kind of model.
PURPOSES: Mapping[str, Words] = {
    "rfm": gettext_lazy(
        "Sorts customers by how lately, how often and for how much they have bought."
    ),
    "journey": gettext_lazy("Says how far customers have come, from visitor to lost."),
    "clv": gettext_lazy(
        "Predicts what each customer will spend, to find those who are worth most."
    ),
    "churn": gettext_lazy(
        "Predicts who will not buy again, so that you can ask them back in time."
    ),
    "next_order": gettext_lazy("Predicts on which day each customer will buy next."),
    "clusters": gettext_lazy(
        "Divides customers into groups that are alike, without anybody saying which there are."
    ),
    "retail_clusters": gettext_lazy(
        "Divides customers by all that they have bought and sent back, line by line, as the Online "
        "Retail platform does."
    ),
    "uplift": gettext_lazy(
        "Learns from a campaign or an experiment that left some alone who is won by a contact, and "
        "who buys anyway."
    ),
    "anomaly": gettext_lazy(
        "Finds the buyers who are most unlike all others: resellers, mistakes, abuse, great fans."
    ),
}
LIMIT = gettext_lazy(
    "What happened later than the training looks at is left out. But of an order the state of "
    "today counts, whenever it got it: states are not kept over time. An order that was canceled "
    "since is as if it had never been placed."
)


def is_compared(version: ModelVersion) -> bool:
    """Return whether any metric of a version has a baseline."""
    return any(metric["baseline"] is not None for metric in version.metrics)


def gate_sentence(version: ModelVersion) -> str:
    """Return the result of a version's gate as a sentence."""
    sentences = GATES if is_compared(version) else {**GATES, **SOUND}
    return str(sentences[version.gate])


def warning_in_words(code: str) -> str:
    """Return the sentence for the code of a warning."""
    sentence = WARNINGS.get(code)
    return _("Warning: %(code)s.") % {"code": code} if sentence is None else str(sentence)


def warning_sentences(version: ModelVersion) -> list[str]:
    """Return the warnings of a version as sentences."""
    codes = dict.fromkeys((*version.warnings, *warnings_of(version)))
    return [warning_in_words(code) for code in codes]
