"""What business rules leave: of random catalogues, and in the order of the rules."""

from collections import Counter
from decimal import Decimal
from random import Random

import pytest

from personalization.lists.scored import Scored
from personalization.recommend.catalogue import Described
from personalization.recommend.replies import filling
from personalization.recommend.replies.filling import fill
from personalization.recommend.rules import RULES, Situation, Wishes


def random_product(dice, sku):
    amount = lambda *choices: dice.choice([None, *map(Decimal, choices)])  # noqa: E731
    return Described(
        sku=sku,
        name=sku,
        product_type=dice.choice(["simple", "simple", "service"]),
        price=amount("10", "0", "-1"),
        categories=tuple(sorted(dice.sample("xyz", dice.randint(0, 2)))),
        brand=dice.choice(["", "Acme", "Other"]),
        stock=amount("0", "-3", "0.5", "7"),
        cost=amount("5", "20", "0"),
    )


def random_wishes(dice):
    return Wishes(
        exclude=frozenset(dice.sample("abcdef", 2)),
        brands=dice.choice([None, frozenset({"acme"})]),
        categories=dice.choice([None, frozenset("xy")]),
        min_margin=dice.choice([None, Decimal("0.5")]),
        max_per_category=dice.randint(1, 3),
        prefer_high_margin=dice.random() < 0.3,
        respect_brand_preferences=dice.random() < 0.3,
    )


def test_of_ten_thousand_random_catalogues_nothing_is_shown_that_may_not_be(monkeypatch):
    dice = Random(20_261_123)
    for _shop in range(10_000):
        catalogue = {sku: random_product(dice, sku) for sku in dice.sample("abcdefgh", 6)}
        monkeypatch.setattr(
            filling,
            "describe_products",
            lambda skus, catalogue=catalogue: {
                sku: catalogue[sku] for sku in skus if sku in catalogue
            },
        )
        candidates = [Scored(sku, dice.random()) for sku in dice.sample("abcdefgh", 8)]
        situation = Situation(
            wishes=random_wishes(dice),
            in_context=frozenset(dice.choice("abc")),
            brand_shares=dice.choice([{}, {"Acme": 0.7}]),
        )
        dropped = Counter()
        first = fill(lambda n, found=candidates: found, 3, situation, dropped)
        second = fill(lambda n, found=candidates: found, 3, situation, dropped)
        shown = [one.product for one in [*first, *second]]
        assert len({one.sku for one in shown}) == len(shown)
        for one in shown:
            assert one.stock is None or one.stock > 0
            assert one.product_type != "service"
            assert one.sku not in situation.wishes.exclude | situation.in_context
            assert situation.wishes.brands is None or one.brand == "Acme"
            assert situation.wishes.categories is None or {*one.categories} & {*"xy"}
            least = situation.wishes.min_margin
            assert least is None or one.margin is None or one.margin >= least


def test_rules_are_applied_in_the_order_of_the_contract():
    assert [rule.code for rule in RULES] == [
        *("not_sold", "out_of_stock", "excluded", "in_context", "bought_recently"),
        *("not_in_brand", "not_in_category", "no_margin", "diversity", "duplicate"),
    ]


@pytest.fixture
def plain_catalogue(monkeypatch):
    def described(skus):
        return {
            sku: Described(sku, sku, "simple", Decimal(10), ("c",), "", None, None) for sku in skus
        }

    monkeypatch.setattr(filling, "describe_products", described)


def test_lists_are_filled_up_from_all_candidates_where_the_first_are_dropped(plain_catalogue):
    candidates = [Scored(f"{number:04}", 1_000.0 - number) for number in range(1_000)]
    wishes = Wishes(exclude=frozenset(one.sku for one in candidates[:500]))
    asked, dropped = [], Counter()

    def some(n):
        asked.append(n)
        return candidates[:n]

    chosen = fill(some, 2, Situation(wishes=wishes), dropped)
    assert [one.product.sku for one in chosen] == ["0500", "0501"]
    assert asked == [filling.FIRST, filling.ALL]
    assert dropped == {"excluded": 500}


def test_what_is_lifted_stands_by_its_score(plain_catalogue):
    candidates = [Scored(sku, 9.0 - place) for place, sku in enumerate("abcde")]
    wishes = Wishes(max_per_category=2)
    chosen = fill(lambda n: candidates, 3, Situation(wishes=wishes), Counter())
    assert [one.product.sku for one in chosen] == ["a", "b", "c"]
