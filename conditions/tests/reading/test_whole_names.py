"""Names of the shop are matched whole; quotation marks mean a name; a number is no choice."""

import pytest

from conditions.reading import read_sentence
from conditions.reading.vocabulary.minute_cache import forget
from conditions.tests.examples.small_shop import customer, order
from conditions.tests.reading.sentences import said, unread
from customers.models import Category, CustomerGroup, Product, ProductAttribute

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(autouse=True)
def shop():
    colour = ProductAttribute.objects.create(code="colour", label="Colour", type="text")
    person = customer("1", gender="2")
    order(person, "complete", 5, "2026-01-01", payment_method="card")
    customer("2", gender="1")
    CustomerGroup.objects.create(code="vip", name="VIP")
    for name in ("Gifts", "Shoes"):
        Category.objects.create(code=name.lower(), name=name)
    for name in ("Gift card mini grey", "Rain boot", "Shoes of VIPs"):
        product = Product.objects.create(sku=name, name=name)
        product.attribute_values.create(attribute=colour, text="black")
    forget()


BOUGHT = "Customers who have bought a product with product name containing “{}”."


@pytest.mark.parametrize(
    ("language", "text", "sentence"),
    [
        ("en", "purchased a gift card", BOUGHT.format("gift card")),
        ("en", "purchased gift cards", BOUGHT.format("gift card")),
        ("en", "bought the product Gift card", BOUGHT.format("Gift card")),
        ("en", "bought “Gift card”", BOUGHT.format("Gift card")),
        ("en", "bought a rain boot", BOUGHT.format("rain boot")),
        ("en", "bought Shoes of VIPs", BOUGHT.format("Shoes of VIPs")),
        (
            "de",
            "das Produkt „Gift card“ gekauft",
            "Kunden, die einen Artikel mit dem Produktnamen "
            "mit enthaltenem „Gift card“ gekauft haben.",
        ),
        (
            "fr",
            "ont acheté « Gift card »",
            "Clients qui ont acheté un produit avec le nom de produit contenant « Gift card ».",
        ),
        (
            "en",
            "bought gifts by card",
            "Customers who have placed an order paid by “card”, with a product from “Gifts”.",
        ),
        (
            "en",
            "bought black shoes",
            "Customers who have bought a product with “Colour” “black”, from “Shoes”.",
        ),
        (
            "en",
            "used the coupon “Gift card”",
            "Customers who have placed an order with coupon code “Gift card”.",
        ),
    ],
)
def test_a_name_is_matched_whole_before_its_words(language, text, sentence):
    assert (said(text, language), unread(text, language)) == ([sentence], [])


@pytest.mark.parametrize(
    ("language", "text", "marked"),
    [
        ("en", "ordered on Black Friday", ["ordered on Black Friday"]),
        ("en", "received the campaign Win back VIPs", ["campaign Win back VIPs"]),
        ("en", "never bought “Xyz”", ["never bought “Xyz”"]),
        ("en", "paid with a gift card", ["paid with", "gift card"]),
        ("de", "mit einer Gift card bezahlt", ["Gift card bezahlt"]),
        ("en", "customers of the Austrian website", ["Austrian website"]),
        ("en", "bought on the Austrian website", ["bought", "Austrian website"]),
        ("en", "purchased a shoes card", ["purchased", "shoes card"]),
        ("en", "website Austria", ["website Austria"]),
        ("en", "website: Austria", ["website", "Austria"]),
        ("de", "österreichische Website", ["österreichische Website"]),
        ("fr", "site web Autriche", ["site web Autriche"]),
        ("en", "who have orders in status refunded", ["orders", "status refunded"]),
    ],
)
def test_words_of_an_unknown_name_mean_nothing_else(language, text, marked):
    assert (said(text, language), unread(text, language)) == ([], marked)


@pytest.mark.parametrize(
    ("language", "text", "sentence"),
    [
        ("en", "ordered 2 or 3 times", "Customers who have ordered between 2 and 3 times."),
        ("en", "1 or 2 orders", "Customers who have ordered between 1 and 2 times."),
        ("de", "2 oder 3 Bestellungen", "Kunden, die zwischen 2 und 3 Mal bestellt haben."),
        ("fr", "2 ou 3 commandes", "Clients qui ont commandé entre 2 et 3 fois."),
        ("en", "gender is 2", "Customers whose gender is “2”."),
        ("en", "gender 1 or 2", "Customers whose gender is 1 or 2."),
    ],
)
def test_a_number_is_a_choice_after_its_noun_only(language, text, sentence):
    assert (said(text, language), unread(text, language)) == ([sentence], [])


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "bought shoes for more than 100"),
        ("de", "Shoes für mehr als 100 EUR gekauft"),
        ("fr", "ont acheté des Shoes pour plus de 100 €"),
    ],
)
def test_an_amount_may_be_of_order_line_or_all(language, text):
    read = read_sentence(text, language=language)
    of_order, of_line, of_all = (one.conditions["conditions"][0] for one in read.readings)

    assert read.unread == []
    assert [one["attribute"] for one in of_order["conditions"][:1]] == ["order.grand_total"]
    assert of_line["conditions"][1]["attribute"] == "order_item.row_total"
    assert (of_all["aggregate"], of_all["of"]) == ("sum", "order_item.row_total")


def test_an_amount_in_total_sums_all_orders_first():
    total, _at_least, each, _at_least_each = said("2 orders over 100 in total")

    assert total.endswith("ordered exactly 2 times and have spent more than 100 EUR in all.")
    assert each.endswith("exactly 2 orders of more than 100 EUR.")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "customers in segment VIP"),
        ("de", "Kunden im Segment VIP"),
        ("fr", "clients du segment VIP"),
        ("en", "customers in the segment Newsletter"),
        ("de", "Kunden im Segment Newsletter"),
    ],
)
def test_what_is_no_segment_is_nothing_else_after_that_word(language, text):
    assert said(text, language) == []
    assert unread(text, language) == [text.split()[-1]]
