"""Features of the sets as trained models take them in."""

from collections.abc import Iterable, Mapping
from typing import Any

from predictions.features.feature import Feature, ValueKind
from predictions.features.table import features_of
from predictions.kinds.trained import Input, TrainedKind

# Of who has bought nothing, or too little, these are missing; the others are 0.
MAY_BE_MISSING = {
    *("recency_days", "age_days", "average_order_value", "gap_days", "overdue_ratio"),
    *("refund_share", "discount_share", "Average_Days_Between_Purchases"),
}
FEATURES = {one.name: one for one in features_of(["rfm", "activity", "retail"])}
RETAIL_NAMES = tuple(one.name for one in features_of(["retail"]))
# The features that models may learn from: a code is no number.
NUMBERS = tuple(name for name, one in FEATURES.items() if one.kind is not ValueKind.CODE)


def inputs_named(names: Iterable[str]) -> tuple[Input, ...]:
    """Return the features with these names, in this order; every name must exist."""
    return tuple(_input_of(FEATURES[name]) for name in names)


def input_features(kind: TrainedKind, parameters: Mapping[str, Any]) -> tuple[Input, ...]:
    """Return the features that a training with these parameters predicts from."""
    names = parameters.get("features")
    return kind.inputs if names is None else inputs_named(names)


def need_lines(inputs: Iterable[Input]) -> bool:
    """Return whether some of `inputs` are about lines, and so about the shop's latest one."""
    return any(one.name in RETAIL_NAMES for one in inputs)


def _input_of(feature: Feature) -> Input:
    return Input(
        *(feature.name, feature.meaning, feature.of),
        may_be_missing=feature.name in MAY_BE_MISSING,
        is_money=feature.is_money,
    )
