"""The engine of attribution: each model beside a plain computation of its definition."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predictions.attribution import DIRECT, MODELS, Journey, Touch, attribute
from predictions.attribution.each_journey import divide_by_weights
from predictions.attribution.markov import MOST_KEYS, TooManyKeys
from tests.tiers import examples

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def journey(path, revenue, step=timedelta(hours=1)):
    """Return a journey whose touches are `step` apart, the last one at the sale."""
    keys = path.split(">") if path else []
    touches = [
        Touch(key, AT - step * (len(keys) - number)) for number, key in enumerate(keys, start=1)
    ]
    return Journey(touches, None if revenue is None else Decimal(revenue), AT)


# Of the contract (`personalization.md`, section 8).
EXAMPLE = [
    journey("email>search>email", 100),
    journey("search", 50),
    journey("social>search>email", 200),
    journey("email", None),
    journey("social", None),
    journey("search>social", None),
]
EXPECTED = {
    "first_touch": ("100.0000", "50.0000", "200.0000"),
    "last_touch": ("300.0000", "50.0000", "0.0000"),
    "linear": ("133.3333", "150.0000", "66.6667"),
    "position_based": ("160.0000", "110.0000", "80.0000"),
    "markov": ("164.2091", "144.5040", "41.2869"),
}


@pytest.mark.parametrize("model", EXPECTED)
def test_the_example_of_the_contract(model):
    found = attribute(EXAMPLE, model)
    assert tuple(str(found[key]) for key in ("email", "search", "social")) == EXPECTED[model]


def test_half_of_a_weight_is_lost_in_seven_days():
    path = Journey([Touch(f"{days}", AT - timedelta(days=days)) for days in (0, 14, 7)], 100, AT)
    assert attribute([path], "time_decay") == {
        "14": Decimal("14.2857"),
        "7": Decimal("28.5714"),
        "0": Decimal("57.1429"),
    }


@pytest.mark.parametrize("model", MODELS)
def test_what_has_no_touch_is_direct(model):
    found = attribute([journey("", "10.5"), journey("", None), journey("a", 1)], model)
    assert found == {DIRECT: Decimal("10.5"), "a": Decimal(1)}
    # A touch that is called so is a key like any other.
    found = attribute([journey("", 10), journey("direct>a", 8)], "linear")
    assert found == {DIRECT: Decimal(14), "a": Decimal(4)}
    assert attribute([journey("", 10), journey("direct", 8)], model) == {DIRECT: Decimal(18)}
    assert attribute([], model) == {}


@pytest.mark.parametrize("model", MODELS)
def test_keys_without_a_conversion_have_nothing(model):
    assert attribute([journey("a>b", None)], model) == {"a": 0, "b": 0}


def test_touches_of_one_instant_are_in_the_order_of_code_points():
    at_once = Journey([Touch("é", AT), Touch("z", AT), Touch("A", AT)], Decimal(3), AT)
    assert attribute([at_once], "first_touch")["A"] == 3
    assert attribute([at_once], "last_touch")["é"] == 3


def test_positions_of_one_and_two_touches():
    assert attribute([journey("a", 5)], "position_based") == {"a": 5}
    assert attribute([journey("a>b", 5)], "position_based") == {
        "a": Decimal("2.5"),
        "b": Decimal("2.5"),
    }


def test_ages_beyond_any_weight_leave_the_last_touch_all():
    old = Journey([Touch("a", datetime(1, 1, 1, tzinfo=UTC)), Touch("b", AT)], Decimal(7), AT)
    assert attribute([old], "time_decay") == {"a": 0, "b": 7}
    late = Journey([Touch("a", datetime(1, 1, 1, tzinfo=UTC))], Decimal(7), AT)
    assert attribute([late], "time_decay") == {"a": 7}


@pytest.mark.parametrize(
    "revenue", ["-0.0001", "NaN", "Infinity", "sNaN", "1e99999", "0.00001", 10**400, "1,000", "x"]
)
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("path", ["", "a"])
def test_what_is_no_revenue_is_refused(revenue, model, path):
    value = Decimal(revenue) if revenue not in {"1,000", "x"} else revenue
    with pytest.raises(ValueError, match="is no revenue"):
        attribute([Journey(journey(path, 1).touches, value, AT)], model)


def test_a_model_that_is_none_is_refused():
    with pytest.raises(ValueError, match="'shapley' is no model.*last_touch.*markov"):
        attribute([], "shapley")


def test_a_chain_of_more_keys_than_can_be_worked_out_is_refused():
    paths = [journey(f"{n}>{n + 1}", 1) for n in range(MOST_KEYS)]
    with pytest.raises(TooManyKeys):
        attribute(paths, "markov")
    assert sum(attribute(paths, "linear").values()) == MOST_KEYS


# Beside plain computations ----------------------------------------------------------------------

KEYS = st.sampled_from(["a", "b", "B", "é", DIRECT])
INSTANTS = st.integers(0, 40 * 86_400_000_000).map(lambda age: AT - timedelta(microseconds=age))
TOUCHES = st.lists(st.builds(Touch, KEYS, INSTANTS | st.just(AT)), max_size=6)
REVENUES = st.none() | st.integers(0, 10**13).map(lambda units: Decimal(units) / 10_000)
JOURNEYS = st.lists(st.builds(Journey, TOUCHES, REVENUES, st.just(AT)), max_size=12)


def rounded_down_and_the_rest_given_out(units, parts):
    """Return `parts` of `units`, exact fractions that add up to 1, as whole numbers."""
    exact = [units * part for part in parts]
    found = [value.numerator // value.denominator for value in exact]
    while sum(found) < units:
        cut = [value - whole for value, whole in zip(exact, found, strict=True)]
        # The first of those of which most is missing.
        found[cut.index(max(cut))] += 1
    return found


def parts_of(model, count):
    match model:
        case "first_touch":
            return [Fraction(n == 0) for n in range(count)]
        case "last_touch":
            return [Fraction(n == count - 1) for n in range(count)]
        case "linear":
            return [Fraction(1, count)] * count
        case "position_based" if count == 1:
            return [Fraction(1)]
        case "position_based" if count == 2:
            return [Fraction(1, 2)] * 2
        case "position_based":
            ends = Fraction(2, 5)
            return [ends, *[Fraction(1, 5) / (count - 2)] * (count - 2), ends]


def plainly(journeys, model):
    """Return the credits of a model that looks at each journey by itself."""
    found = Counter()
    for touches, revenue, _at in journeys:
        path = [key for _time, key in sorted((touch.at, touch.key) for touch in touches)]
        found.update(dict.fromkeys(path, 0))
        if revenue is None:
            continue
        units = int(revenue * 10_000)
        if not path:
            found[DIRECT] += units
            continue
        parts = rounded_down_and_the_rest_given_out(units, parts_of(model, len(path)))
        for key, part in zip(path, parts, strict=True):
            found[key] += part
    return found


def in_units(credits):
    return {key: int(credit * 10_000) for key, credit in credits.items()}


@pytest.mark.parametrize("model", ["first_touch", "last_touch", "linear", "position_based"])
@settings(max_examples=examples(100))
@given(journeys=JOURNEYS)
def test_models_of_each_journey_are_what_their_definition_says(model, journeys):
    assert in_units(attribute(journeys, model)) == plainly(journeys, model)


@settings(max_examples=examples(100))
@given(journeys=JOURNEYS)
def test_a_weight_is_two_to_the_age_in_weeks(journeys):
    expected, converting = Counter(), 0
    for touches, revenue, at in journeys:
        if revenue is None:
            continue
        converting += len(touches)
        weights = [Decimal(2) ** -(Decimal(str((at - t.at) / timedelta(days=7)))) for t in touches]
        for touch, weight in zip(touches, weights, strict=True):
            expected[touch.key] += revenue * weight / sum(weights)
        if not touches:
            expected[DIRECT] += revenue
    found = attribute(journeys, "time_decay")
    for key, credit in found.items():
        # Each touch is rounded to its last decimal.
        assert abs(credit - expected[key]) <= Decimal("0.0001") * (converting + 1)
    assert sum(found.values()) == sum(j.revenue for j in journeys if j.revenue is not None)


def conversion(journeys, without=None):
    """Return the chance of converting in the chain of `journeys`, solved in fractions.

    All that leads to the key `without` leads to nothing.
    """
    steps = defaultdict(Counter)
    for touches, revenue, _at in journeys:
        path = [key for _time, key in sorted((touch.at, touch.key) for touch in touches)]
        if path:
            end = "lost" if revenue is None else "won"
            for one, other in pairwise(["start", *(f"key {key}" for key in path), end]):
                steps[one]["lost" if other == f"key {without}" else other] += 1
    states = [state for state in steps if state != f"key {without}"]
    # x(state) = sum of p(state, next) x(next), with x(won) = 1: rows of (1 - p | p to won).
    rows = []
    for state in states:
        whole = sum(steps[state].values())
        row = [Fraction(state == other) - Fraction(steps[state][other], whole) for other in states]
        rows.append([*row, Fraction(steps[state]["won"], whole)])
    for place in range(len(rows)):
        pivot = next(n for n in range(place, len(rows)) if rows[n][place])
        rows[place], rows[pivot] = rows[pivot], rows[place]
        rows[place] = [value / rows[place][place] for value in rows[place]]
        for n, row in enumerate(rows):
            if n != place:
                rows[n] = [a - row[place] * b for a, b in zip(row, rows[place], strict=True)]
    return rows[states.index("start")][-1] if rows else Fraction()


def markov_plainly(journeys):
    keys = sorted({touch.key for one in journeys for touch in one.touches})
    touched = [one.revenue for one in journeys if one.touches and one.revenue is not None]
    found = Counter(dict.fromkeys(keys, 0))
    whole = conversion(journeys)
    if whole:
        effects = [1 - conversion(journeys, key) / whole for key in keys]
        parts = [effect / sum(effects) for effect in effects]
        units = int(sum(touched) * 10_000)
        found.update(
            dict(zip(keys, rounded_down_and_the_rest_given_out(units, parts), strict=True))
        )
    direct = [one.revenue for one in journeys if not one.touches and one.revenue is not None]
    if direct:
        found[DIRECT] += int(sum(direct) * 10_000)
    return found


def test_the_effects_of_the_example_are_those_of_the_contract():
    whole = conversion(EXAMPLE)
    effects = [1 - conversion(EXAMPLE, key) / whole for key in ("email", "search", "social")]
    assert effects == [Fraction(25, 33), Fraction(2, 3), Fraction(4, 21)]


@settings(max_examples=examples(150))
@given(journeys=JOURNEYS)
def test_markov_takes_each_key_out_of_the_chain(journeys):
    found, plain = in_units(attribute(journeys, "markov")), markov_plainly(journeys)
    assert {key: found.get(key, 0) for key in {*found, *plain}} == plain


@pytest.mark.parametrize("counts", [(1, 1, 4), (1, 4, 1), (4, 1, 1), (2, 5, 8), (8, 5, 2)])
def test_markov_gives_the_unit_of_a_tie_by_code_point(counts):
    # Of journeys with one touch each the effect of a key is its part of them.
    paths = [
        journey(key, 0) for key, count in zip("abc", counts, strict=True) for _ in range(count)
    ]
    for units in range(1, 30):
        paths[0] = journey("a", Decimal(units) / 10_000)
        assert in_units(attribute(paths, "markov")) == markov_plainly(paths)


@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=examples(100))
@given(journeys=JOURNEYS, rng=st.randoms(use_true_random=False))
def test_credits_add_up_whatever_the_order(model, journeys, rng):
    found = attribute(journeys, model)
    assert sum(found.values()) == sum(j.revenue for j in journeys if j.revenue is not None)
    assert all(credit >= 0 and credit.as_tuple().exponent == -4 for credit in found.values())
    mixed = [j._replace(touches=rng.sample(j.touches, len(j.touches))) for j in journeys]
    rng.shuffle(mixed)
    assert attribute(mixed, model) == found


@given(
    units=st.integers(0, 10**15),
    weights=st.lists(st.integers(0, 10**20), min_size=1, max_size=8).filter(any),
)
def test_shares_are_whole_and_as_close_as_they_can_be(units, weights):
    parts = [Fraction(weight, sum(weights)) for weight in weights]
    assert divide_by_weights(units, weights) == rounded_down_and_the_rest_given_out(units, parts)


def test_nothing_is_kept_of_journeys():
    """A stream of journeys goes through: none is asked for twice."""
    seen = []

    def stream():
        for number in range(1_000):
            one = journey("a>b", number)
            seen.append(number)
            yield one

    for model in MODELS:
        seen.clear()
        assert sum(attribute(stream(), model).values()) == sum(range(1_000))
        assert seen == list(range(1_000))
