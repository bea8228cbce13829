"""The five lists, on shops small enough to reckon by hand."""

from math import log, sqrt

import pytest

from customers.models import Consent, Product
from personalization.lists.scored import Scored, fuse_rankings
from personalization.recommend import complementary, personal, popular, similar, trending
from personalization.recommend.nightly import fit_recommendations
from personalization.tests.recommend.rows import AT, DAY, bought, customer, product

pytestmark = pytest.mark.django_db


def said(found):
    return [(sku, round(score, 6)) for sku, score in found]


def refuse(number):
    Consent.objects.create(
        customer=customer(number), purpose="personalization", state="refused", source="t", at=AT
    )


# Similar ------------------------------------------------------------------------------------------


def test_similar_is_the_cosine_of_customers_from_two_on():
    for number in ("1", "2", "3"):
        bought(number, "a", "b")
    bought("4", "a", "c")
    bought("5", "b", "a")
    found = similar("a", as_of=AT)
    assert said(found) == [("b", round(4 / sqrt(5 * 4), 6))]
    assert said(similar("c", as_of=AT)) == []
    assert similar("none", as_of=AT) == similar("A", as_of=AT) == []


def test_ties_are_in_the_order_of_code_points():
    for number in ("1", "2"):
        bought(number, "a", "é", "b", "B")
    assert [one.sku for one in similar("a", as_of=AT)] == ["B", "b", "é"]
    assert [one.sku for one in similar("a", n=2, as_of=AT)] == ["B", "b"]


@pytest.mark.parametrize(
    "change",
    [
        {"state": "canceled"},
        {"state": "closed"},
        {"quantity": 0},
        {"quantity": -1},
        {"product_type": "service"},
        {"at": AT},
    ],
)
def test_what_is_no_sale_does_not_count(change):
    bought("1", "a", "b")
    bought("2", "a", "b", **change)
    assert similar("a", as_of=AT) == []


def test_a_line_without_a_type_counts_and_one_within_another_does_not():
    bought("1", "a", "b", product_type=None)
    order = bought("2", "a", "b", product_type=None)
    assert [one.sku for one in similar("a", as_of=AT)] == ["b"]
    child = order.items.get(sku="b")
    child.parent = order.items.get(sku="a")
    child.save()
    assert similar("a", as_of=AT) == []


# Complementary ------------------------------------------------------------------------------------


def test_complementary_is_the_lift_of_orders_from_three_on():
    for _time in range(3):
        bought("1", "a", "b", "c")
    bought(None, "a")
    bought("2", "c")
    bought("2", "d")
    # N 6, o_a 4, o_b 3, o_c 4.
    assert said(complementary("a", as_of=AT)) == [("b", 1.5), ("c", 1.125)]


def test_what_shares_a_category_does_not_go_together():
    product("a", "shoes", "sale")
    product("b", "sale")
    product("c", "hats")
    for _time in range(3):
        bought("1", "a", "b", "c", "d")
    assert [one.sku for one in complementary("a", as_of=AT)] == ["c", "d"]
    assert [one.sku for one in complementary("d", as_of=AT)] == ["a", "b", "c"]


def test_of_a_set_the_largest_lift_counts_and_ties_go_by_orders():
    for _time in range(3):
        bought("1", "a", "x")
    for _time in range(4):
        bought("1", "b", "y")
    bought("1", "z")
    # x with a: 3 * 8 / 9; y with b: 4 * 8 / 16.
    assert said(complementary(["a", "b"], as_of=AT)) == [("x", 2.666667), ("y", 2.0)]
    assert complementary(["a", "x"], as_of=AT) == []
    assert complementary([], as_of=AT) == []


def test_of_equal_lifts_that_of_more_orders_is_first():
    for _time in range(4):
        bought("1", "a", "z")
    for _time in range(3):
        bought("1", "a", "b")
    assert said(complementary("a", as_of=AT)) == [("z", 1.0), ("b", 1.0)]


# Trending, popular --------------------------------------------------------------------------------


def test_trending_is_this_week_against_the_weeks_before():
    for number in range(6):
        bought(str(number), "a", ago=7)  # The first instant of the week.
        bought(str(number), "b", ago=1)
    for number in range(4):
        bought(str(number), "a", at=AT - 35 * DAY)
    for number in range(5):
        bought(str(number), "a", at=AT - 35.1 * DAY)
    for number in range(2):
        bought(str(number), "c")
    bought("0", "b", ago=2)
    assert said(trending(as_of=AT)) == [("b", 6.0), ("a", round(5 / sqrt(2), 6))]


def test_what_trends_in_a_category_is_of_those_below_too():
    child = product("a", "shoes").categories.get()
    parent = product("x", "clothes").categories.get()
    child.parent = parent
    child.save()
    for number in "123":
        bought(number, "a", "b")
    assert [one.sku for one in trending(category="clothes", as_of=AT)] == ["a"]
    assert [one.sku for one in trending(as_of=AT)] == ["a", "b"]
    with pytest.raises(LookupError):
        trending(category="none", as_of=AT)


def test_popular_counts_the_customers_of_thirty_days():
    bought("1", "a", "a", ago=30)
    bought("1", "a")
    bought("2", "a", "b")
    bought("3", "b", at=AT - 30.01 * DAY)
    bought(None, "b")
    assert said(popular(as_of=AT)) == [("a", 2), ("b", 1)]


# Personal -----------------------------------------------------------------------------------------


def test_cosine_sums_what_was_bought_once_each():
    bought("1", "a", "b")
    bought("1", "a")
    bought("2", "a", "c")
    bought("3", "b", "c")
    half = 0.5
    found = dict(personal(customer("1"), algorithm="cosine", as_of=AT))
    assert found == pytest.approx({"a": 1 + half, "b": 1 + half, "c": 2 * half})
    new = personal(customer("1"), algorithm="cosine", new=True, as_of=AT)
    assert [one.sku for one in new] == ["c"]


def test_collaborative_filtering_is_bm25():
    bought("1", "a")
    bought("1", "a")
    bought("2", "a", "b")
    bought("3", "c")

    def weight(c, length, different):
        mean = 5 / 3
        k = 1.2 * (0.25 + 0.75 * length / mean)
        return 2.2 * c / (k + c) * (log(3) - log(1 + different))

    w1a, w2a, w2b = weight(2, 3, 1), weight(1, 3, 2), weight(1, 1, 2)
    found = dict(personal(customer("1"), algorithm="collaborative_filtering", as_of=AT))
    # ln(3) - ln(1 + 2) = 0: who has bought two of three SKUs says nothing.
    assert found == pytest.approx({"a": 2 * (w1a**2 + w2a**2)})
    assert w2a * w2b == 0


def test_content_based_goes_by_words_categories_and_brand():
    for sku, name, brand in (
        ("a", "Red shoe", "Acme"),
        ("b", "Blue SHOE", "acme"),
        ("c", "Green hat", "Other"),
        ("d", "Tent", "Third"),
    ):
        product(sku, "outdoor" if sku == "d" else "wear", brand=brand)
        Product.objects.filter(sku=sku).update(name=name)
        bought(sku, sku)
    found = personal(customer("a"), algorithm="content_based", as_of=AT)
    assert [one.sku for one in found] == ["a", "b", "c"]
    assert found[0].score == pytest.approx(1)


def test_who_has_bought_nothing_or_refuses_gets_nothing_personal():
    bought("1", "a", "b")
    bought("2", "a", "b")
    assert personal(customer("9"), as_of=AT) == []
    assert personal(customer("1"), as_of=AT)
    refuse("1")
    assert personal(customer("1"), as_of=AT) == []


def test_there_is_no_other_algorithm():
    with pytest.raises(ValueError, match="cosine"):
        personal(customer("1"), algorithm="magic", as_of=AT)


def test_rankings_are_fused_by_their_weights():
    one = [Scored("a", 9), Scored("b", 1)]
    other = [Scored("b", 5), Scored("c", 4)]
    found = fuse_rankings([(0.4, one), (0.6, other)])
    assert [(sku, round(score, 12)) for sku, score in found] == [
        ("b", round(0.4 / 62 + 0.6 / 61, 12)),
        ("c", round(0.6 / 62, 12)),
        ("a", round(0.4 / 61, 12)),
    ]


# As of, consent, the fit --------------------------------------------------------------------------

ASKED = (
    lambda **at: similar("a", **at),
    lambda **at: complementary(["a"], **at),
    lambda **at: trending(**at),
    lambda **at: popular(**at),
    lambda **at: personal(customer("1"), algorithm="cosine", **at),
    lambda **at: personal(customer("1"), algorithm="collaborative_filtering", **at),
    lambda **at: personal(customer("1"), algorithm="content_based", **at),
    lambda **at: personal(customer("1"), algorithm="discover", **at),
)


@pytest.fixture
def small_shop():
    for number in "123":
        bought(number, "a", "b", "c")
    bought("4", "a", "d")
    bought("5", "e")
    bought("6", "f")


@pytest.mark.parametrize("ask", ASKED)
def test_what_came_later_changes_nothing_of_then(small_shop, ask):
    before = ask(as_of=AT)
    assert before
    for number in "1234":
        bought(number, "a", "f", at=AT)
    assert ask(as_of=AT) == before
    assert ask(as_of=AT + DAY) != before


@pytest.mark.parametrize("ask", ASKED)
def test_without_a_time_the_fit_answers(small_shop, ask):
    before = ask(as_of=AT)
    fit_recommendations(AT)
    for number in "2345":
        bought(number, "a", "f")
    assert said(ask()) == said(before)
    assert said(popular()) != said(popular(as_of=AT))


def test_who_refuses_is_left_out_of_the_fit(small_shop):
    for number in "123":
        refuse(number)
    fit = fit_recommendations(AT)
    assert (fit.customers, fit.skus) == (3, 4)
    assert [one.sku for one in popular()] == ["a", "d", "e", "f"]
    assert similar("a") == similar("a", as_of=AT) == complementary("a") == trending() == []


def test_before_the_first_fit_the_history_of_now_answers(small_shop):
    assert [one.sku for one in similar("a")] == ["b", "c"]


def test_an_empty_shop_has_nothing_to_recommend():
    fit_recommendations(AT)
    assert similar("a") == complementary(["a"]) == trending() == popular() == []
    assert similar("a", as_of=AT) == personal(customer("1"), as_of=AT) == []
    assert personal(customer("1")) == []
