"""Whom a budget pays for, held against the plainest way to find out: try them one by one."""

from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest

from predictions.strategies.plans.allocation import allocate
from predictions.strategies.selection import Candidate, Terms, choose, most_for, place
from tests.tiers import examples

CASES = examples(10_000)


def some_candidates(random, keys):
    return [
        Candidate(key, random.randint(-3, 60) * random.choice([1, 10**13]), random.randint(1, 7))
        for key in random.sample(range(1, 40), keys)
    ]


def worth(one):
    return Fraction(one.numerator, one.denominator)


def some_terms(random):
    uplift = Fraction(Decimal(random.randint(0, 20)).scaleb(-random.randint(0, 3)))
    return Terms(min(uplift, Fraction(1)), Fraction(random.choice([0, 0, 1, 2, 5, 10**13])))


@pytest.mark.parametrize("is_ranked", [True, False])
def test_whoever_is_chosen_is_whom_greed_takes(is_ranked):
    random = Random(7)
    for _case in range(CASES):
        everyone = some_candidates(random, random.randint(0, 9))
        terms, shown = some_terms(random), random.randint(0, 4)
        budget = random.choice([None, Fraction(0), Fraction(random.randint(0, 30), 3)])
        most = most_for(budget, terms.cost)
        # Plainly: the best one that is left, as long as it is worth its cost and can be paid.
        left, paid, taken = list(everyone), Fraction(0), []
        while left:
            best = max(left, key=lambda one: (worth(one), -one.key))
            left.remove(best)
            value = terms.uplift * worth(best) - terms.cost
            fits = not terms.cost or (budget is not None and paid + terms.cost <= budget)
            if value <= 0 or not fits:
                break
            paid += terms.cost
            taken.append((best, value))
        given = sorted(everyone, key=place) if is_ranked else everyone
        found = choose(iter(given), terms, most=most, shown=shown, is_ranked=is_ranked)
        assert found.first == [one for one, _value in taken[:shown]]
        assert found.sum.count == len(taken)
        total = found.sum.value(terms.uplift, terms.cost)
        assert total == sum((value for _one, value in taken), Fraction(0))
        assert terms.cost * found.sum.count <= (budget or 0) or not terms.cost


def test_a_place_is_by_value_and_then_by_key():
    random = Random(3)
    everyone = some_candidates(random, 30)
    assert sorted(everyone, key=place) == sorted(everyone, key=lambda one: (-worth(one), one.key))


def test_whoever_is_allocated_is_whom_greed_takes():
    random = Random(11)
    for _case in range(CASES):
        count = random.randint(2, 4)
        people = [some_candidates(random, random.randint(0, 6)) for _number in range(count)]
        terms = [None if random.random() < 0.1 else some_terms(random) for _number in range(count)]
        costs_nothing = all(its is None or not its.cost for its in terms)
        budget = None if costs_nothing else Fraction(random.randint(0, 40), 3)
        shown = random.randint(0, 5)
        entries = [
            (number, one, its.uplift * worth(one) - its.cost, its.cost)
            for number, its in enumerate(terms)
            if its is not None
            for one in people[number]
        ]
        # By value per cost (what costs nothing first), then by key, then by campaign.
        entries.sort(
            key=lambda entry: (
                entry[3] != 0,
                -entry[2] / entry[3] if entry[3] else 0,
                entry[1].key,
                entry[0],
            )
        )
        left, taken = budget or Fraction(0), {}
        for number, one, value, cost in entries:
            if value > 0 and one.key not in taken and cost <= left:
                taken[one.key] = (number, one, value)
                left -= cost
        streams = [
            sorted(them, key=place if its is None or its.cost else lambda one: one.key)
            for them, its in zip(people, terms, strict=True)
        ]
        found = allocate(streams, terms, budget, shown=shown)
        assert left >= 0
        assert [(one.campaign, one.one) for one in found.first] == [
            (number, one) for number, one, _value in list(taken.values())[:shown]
        ]
        for number, (its, total) in enumerate(zip(terms, found.sums, strict=True)):
            mine = [value for at, _one, value in taken.values() if at == number]
            assert total.count == len(mine)
            if its is not None:
                assert total.value(its.uplift, its.cost) == sum(mine, Fraction(0))
