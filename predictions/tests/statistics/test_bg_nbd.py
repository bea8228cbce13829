"""BG/NBD and MBG/NBD: the papers' numbers, their formulas written plainly, and awkward data."""

import json
import math
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from predictions.tests.purchases import DATA, cdnow, online_retail
from tests.lazy import LazyModule
from tests.tiers import examples

nbd = LazyModule("predictions.statistics.bg_nbd")

FAMILIES = ["bg_nbd", "mbg_nbd"]
# The default tier asks the second one where both follow the same law.
ONE_FAMILY = [pytest.param("bg_nbd", marks=pytest.mark.exhaustive), "mbg_nbd"]
CDNOW = ("bg_nbd", 0.2426, 4.4136, 0.7929, 2.4258, -9582.43, False)
LARGEST, SMALLEST = math.exp(12), math.exp(-12)

families = st.sampled_from(FAMILIES)
# Of what shops show, and all that a fit may return.
usual = st.floats(-4, 4).map(math.exp)
possible = st.floats(-12, 12).map(math.exp)


@st.composite
def histories(draw):
    """Return x, t_x and T of a customer."""
    T = draw(st.integers(0, 1_500))
    t_x = draw(st.integers(0, T))
    return draw(st.integers(1, min(t_x, 400))) if t_x else 0, t_x, T


@st.composite
def fits(draw, parameters=usual):
    """Return a fit with any such parameters."""
    return nbd.NbdFit(draw(families), *(draw(parameters) for _ in range(4)), 0.0, False)


def columns(rows):
    return tuple(np.array(column, dtype=float) for column in zip(*rows, strict=True))


def likelihood(one, x, t_x, T):
    """Return the two parts of a customer's likelihood, still there and gone; times in weeks.

    Batislam, Denizel, Filiztekin 2007, and Fader, Hardie, Lee 2005, equation 6.
    """
    r, alpha, a, b = one.r, one.alpha, one.a, one.b
    chances = x + (one.family == "mbg_nbd")
    rate = math.lgamma(r + x) - math.lgamma(r) + r * math.log(alpha)

    def beta(first, second):
        return math.lgamma(first) + math.lgamma(second) - math.lgamma(first + second)

    there = rate + beta(a, b + chances) - beta(a, b) - (r + x) * math.log(alpha + T)
    if not chances:
        return math.exp(there), 0.0
    gone = rate + beta(a + 1, b + chances - 1) - beta(a, b) - (r + x) * math.log(alpha + t_x)
    return math.exp(there), math.exp(gone)


def log_likelihood(one, rows):
    return math.fsum(
        math.log(sum(likelihood(one, x, t_x / 7, T / 7))) for x, t_x, T in zip(*rows, strict=True)
    )


def bought_by_sums(one, days, x, T):
    """Return what one who has not left is expected to buy: the sum of P(so many and not gone).

    Without dropout the number of purchases is negative binomial; each one after the first needs
    that none before it was the last.
    """
    s, chances = one.r + x, x + (one.family == "mbg_nbd")
    z = days / 7 / (one.alpha + T / 7)
    exactly, stays, expected, n = math.exp(-s * math.log1p(z)), 1.0, 0.0, 0
    more = -math.expm1(-s * math.log1p(z))  # P(more than n purchases), here n = 0.
    while more > 1e-13 and more * stays > 1e-13 * expected:
        expected += more * stays
        stays *= (one.b + chances + n) / (one.a + one.b + chances + n)
        exactly *= z / (1 + z) * (s + n) / (n + 1)
        more -= exactly
        n += 1
    return expected


@pytest.fixture(scope="module")
def sample():
    if not DATA.exists():
        pytest.skip(f"{DATA} is not there")
    return cdnow()[:3]


@pytest.fixture(scope="module")
def retail():
    if not DATA.exists():
        pytest.skip(f"{DATA} is not there")
    return online_retail()[:3]


def test_the_papers_parameters(sample):
    found = nbd.fit("bg_nbd", *sample)
    assert (found.r, found.alpha, found.a, found.b, found.log_likelihood) == pytest.approx(
        (0.2426, 4.4136, 0.7929, 2.4258, -9582.43), rel=1e-4
    )
    assert not found.is_degenerate


def test_the_papers_first_customer(sample):
    found = nbd.fit("bg_nbd", *sample)
    first = [column[:1] for column in sample]
    assert [*zip(*first, strict=True)] == [(2, 213, 272)]
    assert nbd.expected_purchases(found, 273, *first) == pytest.approx(1.226, rel=1e-3)
    assert nbd.probability_alive(found, *first) == pytest.approx(0.7266, rel=1e-3)
    # With the expected order value of the contract.
    assert nbd.discounted_purchases(found, 364, 0.1, *first) * 24.65 == pytest.approx(
        36.75, rel=1e-3
    )


@pytest.mark.parametrize("family", ONE_FAMILY)
def test_the_likelihood_is_that_of_the_paper_and_nowhere_greater(sample, family):
    found = nbd.fit(family, *sample)
    best = log_likelihood(found, sample)
    assert found.log_likelihood == pytest.approx(best, rel=1e-12)
    for name in ("r", "alpha", "a", "b"):
        for factor in (0.99, 1.01):
            other = replace(found, **{name: getattr(found, name) * factor})
            assert log_likelihood(other, sample) < best


@pytest.mark.exhaustive
@pytest.mark.parametrize("family", FAMILIES)
def test_online_retail_shows_no_dropout(retail, family):
    found = nbd.fit(family, *retail)
    assert len(retail[0]) == 4_339
    assert found.is_degenerate
    assert found.a / (found.a + found.b) < 0.001
    expected = nbd.expected_purchases(found, 365, *retail)
    alive = nbd.probability_alive(found, *retail)
    assert np.all((alive > 0) & (alive <= 1))
    for place in range(0, len(expected), 40):
        x, T = int(retail[0][place]), int(retail[2][place])
        assert expected[place] == pytest.approx(
            alive[place] * bought_by_sums(found, 365, x, T), rel=1e-9
        )
    assert np.all(np.isfinite(nbd.discounted_purchases(found, 1_825, 0.1, *retail)))


@pytest.mark.exhaustive
@pytest.mark.parametrize("family", FAMILIES)
def test_the_unit_of_time_does_not_matter(sample, family):
    x, t_x, T = sample
    days, weeks = nbd.fit(family, x, t_x, T), nbd.fit(family, x, 7 * t_x, 7 * T)
    assert weeks.alpha == pytest.approx(7 * days.alpha, rel=1e-4)
    assert nbd.expected_purchases(weeks, 7 * 91, x, 7 * t_x, 7 * T) == pytest.approx(
        nbd.expected_purchases(days, 91, x, t_x, T), rel=1e-4
    )


@pytest.mark.parametrize("family", ONE_FAMILY)
def test_a_fit_comes_back_from_json(sample, family):
    found = nbd.fit(family, *sample)
    again = nbd.NbdFit(**json.loads(json.dumps(asdict(found))))
    assert again == found


@pytest.mark.exhaustive
@pytest.mark.parametrize("family", FAMILIES)
def test_parameters_that_made_the_data_come_back(family):
    truth = nbd.NbdFit(family, 0.8, 6.0, 0.7, 2.0, 0.0, False)
    random = np.random.default_rng(0)
    rows = [simulated(truth, random)[:3] for _ in range(20_000)]
    found = nbd.fit(truth.family, *columns(rows))
    for name in ("r", "alpha", "a", "b"):
        assert getattr(found, name) == pytest.approx(getattr(truth, name), rel=0.1)


@pytest.mark.exhaustive
@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_forecast_happens(family):
    truth = nbd.NbdFit(family, 0.8, 6.0, 0.7, 2.0, 0.0, False)
    random = np.random.default_rng(1)
    *rows, later, left = columns([simulated(truth, random) for _ in range(20_000)])
    expected = nbd.expected_purchases(truth, 364, *rows)
    alive = nbd.probability_alive(truth, *rows)
    for group in (rows[0] == 0, rows[0] == 1, (rows[0] > 1) & (rows[0] < 5), rows[0] > 4):
        assert expected[group].mean() == pytest.approx(later[group].mean(), rel=0.1)
        assert alive[group].mean() == pytest.approx(1 - left[group].mean(), abs=0.02)


def simulated(one, random):
    """Return x, t_x, T of a customer, the purchases of 364 days after it, and whether one is gone.

    Times are not whole days, so that each purchase has its own.
    """
    rate, leaves = random.gamma(one.r, 1 / one.alpha) / 7, random.beta(one.a, one.b)
    T = random.uniform(100, 700)
    bought, later, time = [0.0], 0, 0.0
    gone = one.family == "mbg_nbd" and random.random() < leaves
    gone_by_then = gone
    while not gone:
        time += random.exponential(1 / rate) if rate else math.inf
        if time > T + 364:
            break
        gone = random.random() < leaves
        if time > T:
            later += 1
        else:
            bought.append(time)
            gone_by_then = gone
    return len(bought) - 1, bought[-1], T, later, gone_by_then


@hypothesis_settings(max_examples=examples(100), deadline=None)
@given(fits(), histories(), st.integers(1, 1_825))
def test_purchases_are_the_plain_sum_of_what_may_happen(one, history, days):
    x, t_x, T = history
    # More terms than a test has time for.
    assume((one.r + x) * days / 7 / (one.alpha + T / 7) < 2_000)
    there, gone = likelihood(one, x, t_x / 7, T / 7)
    assume(there > 1e-250)
    alive = there / (there + gone)
    assert nbd.probability_alive(one, *columns([history])) == pytest.approx(alive, rel=1e-7)
    assert nbd.expected_purchases(one, days, *columns([history])) == pytest.approx(
        alive * bought_by_sums(one, days, x, T), rel=1e-7, abs=1e-12
    )


@pytest.mark.parametrize("a", [1 - 1e-9, 1.0, 1 + 1e-9, 2.0])
def test_purchases_where_the_papers_formula_divides_by_nothing(a):
    one = replace(nbd.NbdFit(*CDNOW), a=a)
    assert nbd.expected_purchases(one, 365, [3], [100], [272]) == pytest.approx(
        nbd.probability_alive(one, [3], [100], [272]) * bought_by_sums(one, 365, 3, 272), rel=1e-10
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_purchases_by_the_papers_formula(sample, family):
    """Fader, Hardie, Lee 2005, equation 10; with one more chance to leave for MBG/NBD."""
    from scipy.special import hyp2f1

    one = nbd.fit(family, *sample)
    x, t_x, T = sample
    t, s, chances = 39.0, one.r + x, x + (family == "mbg_nbd")
    since, last = one.alpha + T / 7, one.alpha + t_x / 7
    with np.errstate(divide="ignore"):
        odds = np.where(chances > 0, one.a / (one.b + chances - 1) * (since / last) ** s, 0)
    all_but_one = one.a + one.b + chances - 1
    hyper = hyp2f1(s, one.b + chances, all_but_one, t / (since + t))
    bought = all_but_one / (one.a - 1) * (1 - (since / (since + t)) ** s * hyper)
    assert nbd.expected_purchases(one, 273, x, t_x, T) == pytest.approx(
        bought / (1 + odds), rel=1e-9
    )


@hypothesis_settings(max_examples=examples(100))
@given(fits(possible), histories())
def test_forecasts_begin_at_nothing_and_with_the_rate_so_far(one, history):
    x, t_x, T = rows = columns([history])
    assert nbd.expected_purchases(one, 0, *rows) == 0
    assert nbd.discounted_purchases(one, 0, 0.1, *rows) == 0
    days = 1e-9 * min(1.0, 1 / one.r)
    rate = (one.r + x) / (one.alpha + T / 7) / 7
    alive = nbd.probability_alive(one, x, t_x, T)
    assert nbd.expected_purchases(one, days, x, t_x, T) / days == pytest.approx(
        alive * rate, rel=1e-2
    )


@hypothesis_settings(max_examples=examples(100), deadline=None)
@given(fits(possible), st.lists(histories(), min_size=1, max_size=5), st.floats(1e-6, 2_000))
def test_forecasts_are_finite_grow_with_time_and_stay_below_the_rate_so_far(one, rows, days):
    x, _, T = rows = columns(rows)
    alive = nbd.probability_alive(one, *rows)
    assert np.all((alive >= 0) & (alive <= 1))
    sooner, later = (nbd.expected_purchases(one, t, *rows) for t in (days, 1.01 * days))
    goes_on = (one.r + x) / (one.alpha + T / 7) * days / 7
    assert np.all(np.isfinite(later))
    assert np.all((sooner >= 0) & (sooner <= later * (1 + 1e-12)))
    assert np.all(sooner <= alive * goes_on * (1 + 1e-9))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("a", "b"), [(SMALLEST, LARGEST), (SMALLEST, 1.0)])
def test_nobody_leaves_where_the_probability_is_next_to_nothing(family, a, b):
    one = nbd.NbdFit(family, 0.8, 10.0, a, b, 0.0, True)
    x, t_x, T = [0, 3, 300], [0, 200, 370], [0, 250, 373]
    alike = (one.r + np.array(x)) / (one.alpha + np.array(T) / 7) * 365 / 7
    there = nbd.probability_alive(one, x, t_x, T)
    assert nbd.expected_purchases(one, 365, x, t_x, T) == pytest.approx(there * alike, rel=0.01)


def test_some_always_leave_and_some_never_do():
    one = nbd.NbdFit("bg_nbd", 2.0, 10.0, SMALLEST, SMALLEST, 0.0, True)
    z = 365 / 7 / 10
    assert nbd.expected_purchases(one, 365, [0], [0], [0]) == pytest.approx(
        (2 * z + 1 - (1 + z) ** -2.0) / 2, rel=1e-3
    )


def test_everybody_leaves_where_the_probability_is_next_to_one():
    """So the next purchase is the last one."""
    one = nbd.NbdFit("bg_nbd", 2.0, 1.0, LARGEST, SMALLEST, 0.0, True)
    assert nbd.expected_purchases(one, 1_825, [0], [0], [0]) == pytest.approx(
        1 - (1 + 1_825 / 7) ** -2.0, rel=1e-6
    )


@hypothesis_settings(max_examples=examples(100), deadline=None)
@given(
    fits(),
    st.lists(histories(), min_size=1, max_size=4),
    st.integers(1, 400),
    st.sampled_from([0, 0.1, 1]),
)
def test_each_week_is_discounted_as_at_its_end(one, rows, horizon, discount):
    rows = columns(rows)
    expected, before, day = 0.0, 0.0, 0
    while day < horizon:
        day = min(day + 7, horizon)
        until = nbd.expected_purchases(one, day, *rows)
        expected += (until - before) / (1 + discount) ** (day / 365.25)
        before = until
    found = nbd.discounted_purchases(one, horizon, discount, *rows)
    assert found == pytest.approx(expected, rel=1e-7, abs=1e-12)
    if not discount:
        assert list(found) == list(nbd.expected_purchases(one, horizon, *rows))


@hypothesis_settings(max_examples=examples(100), deadline=None)
@given(fits(possible), st.lists(histories(), min_size=2, max_size=20), st.randoms())
def test_forecasts_do_not_depend_on_who_else_is_asked_about(one, rows, random):
    def forecasts(chosen):
        asked = columns(chosen)
        return [
            *zip(
                nbd.expected_purchases(one, 365, *asked),
                nbd.discounted_purchases(one, 100, 0.1, *asked),
                nbd.probability_alive(one, *asked),
                strict=True,
            )
        ]

    together = dict(zip(rows, forecasts(rows), strict=True))
    mixed = rows * 2
    random.shuffle(mixed)
    assert dict(zip(mixed, forecasts(mixed), strict=True)) == together
    assert {row: forecasts([row])[0] for row in rows} == together


def test_more_customers_than_are_computed_at_once(sample):
    one = nbd.fit("mbg_nbd", *sample)
    together = nbd.discounted_purchases(one, 91, 0.1, *sample)
    for place in (0, 600, len(sample[0]) - 1):
        alone = nbd.discounted_purchases(one, 91, 0.1, *(column[[place]] for column in sample))
        assert alone[0] == together[place]


@pytest.mark.parametrize("family", FAMILIES)
def test_forecasts_of_nobody(family):
    one = replace(nbd.NbdFit(*CDNOW), family=family)
    assert not len(nbd.expected_purchases(one, 365, [], [], []))
    assert not len(nbd.discounted_purchases(one, 365, 0.1, [], [], []))


@hypothesis_settings(max_examples=examples(25), deadline=None)
@given(families, st.lists(histories(), min_size=1, max_size=30), st.randoms())
def test_a_fit_is_finite_whatever_the_data_and_their_order(family, rows, random):
    found = nbd.fit(family, *columns(rows))
    values = (found.r, found.alpha, found.a, found.b)
    assert all(SMALLEST * 0.999 <= value <= LARGEST * 1.001 for value in values)
    assert math.isfinite(found.log_likelihood)
    random.shuffle(rows)
    assert nbd.fit(family, *columns(rows)) == found
    assert np.all(np.isfinite(nbd.expected_purchases(found, 365, *columns(rows))))


@pytest.mark.exhaustive
@pytest.mark.parametrize("family", FAMILIES)
def test_equal_customers_count_each(sample, family):
    once = nbd.fit(family, *sample)
    thrice = nbd.fit(family, *(np.tile(column, 3) for column in sample))
    assert thrice.log_likelihood == pytest.approx(3 * once.log_likelihood, rel=1e-12)
    assert thrice.r == pytest.approx(once.r, rel=1e-5)


@pytest.mark.parametrize("family", ONE_FAMILY)
@pytest.mark.parametrize(
    "rows",
    [
        [(0, 0, 0)],
        [(0, 0, 0)] * 50 + [(1, 1, 1)],
        [(0, 0, day) for day in range(300)],
        [(day, day, day) for day in range(1, 300)],
        [(20_000, 20_000, 20_000), (0, 0, 20_000)],
        [(1, 1, 700)] * 100,
        [(5, 300, 300)] * 100,
    ],
    ids=["no time", "hardly any", "one purchase", "each day", "huge", "gone at once", "all alike"],
)
def test_awkward_shops(family, rows):
    found = nbd.fit(family, *columns(rows))
    assert math.isfinite(found.log_likelihood)
    for forecast in (
        nbd.expected_purchases(found, 365, *columns(rows)),
        nbd.discounted_purchases(found, 365, 0.1, *columns(rows)),
    ):
        assert np.all(np.isfinite(forecast) & (forecast >= 0))


def test_a_fit_of_nobody():
    assert nbd.fit("mbg_nbd", [], [], []).log_likelihood == 0


def test_a_one_time_buyer_is_always_alive_with_bg_nbd_alone():
    asked = [0], [0], [272]
    assert nbd.probability_alive(nbd.NbdFit(*CDNOW), *asked) == 1
    assert nbd.probability_alive(replace(nbd.NbdFit(*CDNOW), family="mbg_nbd"), *asked) < 1


def test_an_unknown_family():
    with pytest.raises(KeyError):
        nbd.fit("pareto_nbd", [1], [1], [1])
