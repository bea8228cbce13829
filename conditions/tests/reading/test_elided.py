"""What a short clause leaves out: "or never", "none over 100", "but not both", "anything but"."""

import pytest

from conditions.tests.reading.sentences import said, small_shop, unread  # noqa: F401

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.once,
    pytest.mark.usefixtures("small_shop"),
]


@pytest.mark.parametrize(
    ("language", "text", "part"),
    [
        ("en", "not ordered in 30 days or never", "30 days or have never ordered."),
        (
            "en",
            "last order more than 30 days ago or never",
            "last order was more than 30 days ago or who have never ordered.",
        ),
        (
            "en",
            "haven't ordered for 30 days or never",
            "have not ordered in the last 30 days or have never ordered.",
        ),
        (
            "de",
            "seit 30 Tagen nicht bestellt oder noch nie",
            "in den letzten 30 Tagen nichts bestellt haben oder noch nie bestellt haben.",
        ),
        (
            "fr",
            "n'ont pas commandé depuis 30 jours ou jamais",
            "30 derniers jours ou qui n’ont jamais commandé.",
        ),
        (
            "en",
            "refunds under 50 or none",
            "a refund of less than 50 EUR or have never received a refund.",
        ),
        (
            "de",
            "Erstattungen unter 50 oder keine",
            "weniger als 50 EUR erhalten haben oder noch nie eine Erstattung erhalten haben.",
        ),
        (
            "fr",
            "remboursements de moins de 50 ou aucun",
            "valant moins de 50 EUR ou qui n’ont jamais reçu de remboursement.",
        ),
        (
            "en",
            "no refund or one under 50",
            "have never received a refund or have received a refund of less than 50 EUR.",
        ),
        ("de", "keine Erstattung oder eine unter 50", "oder eine Erstattung im Wert von weniger"),
        ("fr", "aucun remboursement ou un de moins de 50", "ou qui ont reçu un remboursement"),
        ("en", "no orders or only one", "never ordered or have ordered exactly once."),
        ("en", "more than 3 orders, none over 100", "placed no order of more than 100 EUR."),
        ("en", "more than 3 orders, none of which over 100", "no order of more than 100 EUR."),
        ("de", "mehr als 3 Bestellungen, keine über 100", "keine Bestellung im Wert von mehr"),
        ("fr", "plus de 3 commandes, aucune de plus de 100", "aucune commande valant plus"),
        ("en", "no orders in 2025 and 2026", "not ordered between January 1, 2026"),
        ("de", "nicht bestellt in 2025 und 2026", "dem 31. Dezember 2026 nichts bestellt"),
        ("fr", "n'a commandé ni en 2025 ni en 2026", "Clients qui n’ont pas commandé entre"),
        ("de", "VIPs, nicht aber abgemeldet", "nicht den Status „abgemeldet“"),
        ("de", "Shoes gekauft, nicht aber Toys", "haben und noch nie einen Artikel aus „Toys“"),
        ("en", "more than 3 orders, one over 100", "have placed an order of more than 100 EUR."),
        ("en", "bought shoes or toys but not both", "to whom none of these applies: (have bought"),
        ("en", "live in Germany or France but not both", "(live in “Germany” and live in “France”"),
        ("en", "VIP or from Germany but not both", "“VIP” and live in “Germany”)."),
        ("de", "Shoes oder Toys gekauft, aber nicht beides", "auf die nichts davon zutrifft"),
        ("fr", "acheté Shoes ou Toys mais pas les deux", "à qui aucun de ces points"),
    ],
)
def test_a_short_clause_takes_what_it_leaves_out(language, text, part):
    (sentence,) = said(text, language)

    assert (unread(text, language), part in sentence) == ([], True), sentence


@pytest.mark.parametrize(
    ("language", "text", "part"),
    [
        ("en", "orders totalling more than 500 in 2025", "spent more than 500 EUR on orders"),
        ("en", "order total over 500 last month", "spent more than 500 EUR on orders last month"),
        ("de", "Bestellungen über insgesamt mehr als 500", "insgesamt mehr als 500 EUR ausgegeben"),
        ("fr", "commandes totalisant plus de 500", "ont dépensé plus de 500 EUR"),
        ("en", "the sum of all orders is over 500", "spent more than 500 EUR in all"),
        (
            "de",
            "die Summe aller Bestellungen ist über 500",
            "insgesamt mehr als 500 EUR ausgegeben",
        ),
        ("fr", "la somme de toutes les commandes dépasse 500", "ont dépensé plus de 500 EUR"),
        ("en", "an order with a total discount over 20", "placed an order with a discount of more"),
        ("en", "no orders and no logins in 30 days", "not ordered in the last 30 days and"),
        ("de", "keine Bestellungen und keine Logins in 30 Tagen", "30 Tagen nichts bestellt"),
        ("fr", "aucune commande et aucune connexion en 30 jours", "pas commandé au cours des 30"),
        ("en", "ordered and logged in in the last 30 days", "ordered in the last 30 days and have"),
        ("en", "not subscribed or unsubscribed", "“subscribed” or have the newsletter status “un"),
        ("de", "nicht abonniert oder abgemeldet", "haben oder beim Newsletter den Status „abge"),
        ("en", "bought shoes but not in the last 90 days", "never bought a product from “Shoes”"),
        ("de", "Shoes gekauft, aber nicht in 2025", "noch nie einen Artikel aus „Shoes“"),
        (
            "de",
            "Shoes in 2024 und in 2025 gekauft",
            "Artikel aus „Shoes“, zwischen dem 1. Januar 2025",
        ),
        ("fr", "acheté Shoes mais pas en 2025", "jamais acheté de produit de la catégorie « Sho"),
        ("en", "used a coupon in 2024 but not in 2025", "no order between January 1, 2025"),
        ("en", "wishlist has shoes but cart doesn't", "no open cart with a product from “Shoes”"),
        ("en", "viewed but didn't buy shoes", "have viewed a product from “Shoes” and have never"),
        ("fr", "ont vu mais pas acheté Shoes", "consulté un produit de la catégorie « Shoes »"),
        ("en", "orders without discount over 50", "discount of exactly 0 EUR, of more than 50 EUR"),
        ("de", "Bestellungen ohne Rabatt über 50", "von genau 0 EUR, im Wert von mehr als 50 EUR"),
        ("en", "VIP or subscribed but never ordered", "(are in the customer group “VIP”; have the"),
        (
            "en",
            "order over 100 with shoes and toys",
            "“Shoes”, with a product from “Toys”, of more",
        ),
        (
            "en",
            "bought shoes and toys for over 100",
            "“Shoes”, with a product from “Toys”, of more",
        ),
        ("en", "ordered in Germany but lives in France", "an order shipped to “Germany” and live"),
        ("de", "in Deutschland bestellt, wohnt aber in Frankreich", "geliefert nach „Deutschland“"),
        ("en", "5 orders, one of them over 100", "have placed an order of more than 100 EUR"),
        ("de", "5 Bestellungen, davon eine über 100", "eine Bestellung im Wert von mehr als 100"),
        ("en", "5 orders, all in 2025", "ordered exactly 5 times and have placed orders, each"),
        ("fr", "5 commandes, toutes de plus de 100", "chacune valant plus de 100 EUR"),
        ("en", "average order over 80 but total under 500", "and have spent less than 500 EUR in"),
        ("en", "more than 5 orders but total under 400", "and have spent less than 400 EUR in all"),
        ("fr", "plus de 5 commandes, total de moins de 400", "ont dépensé moins de 400 EUR au"),
        ("fr", "dernière commande il y a 6 à 12 mois", "il y a plus de 179 jours"),
    ],
)
def test_what_may_be_left_out_is_offered(language, text, part):
    sentences = said(text, language)

    assert unread(text, language) == []
    assert any(part in one for one in sentences), sentences


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "hasn't bought anything but shoes"),
        ("en", "never bought anything but shoes"),
        ("en", "haven't bought anything except shoes"),
        ("de", "nichts gekauft außer Shoes"),
        ("de", "außer Shoes nichts gekauft"),
        ("fr", "n'ont rien acheté sauf Shoes"),
        ("en", "bought exactly one of shoes or toys"),
        ("de", "genau eins von Shoes oder Toys gekauft"),
        ("fr", "acheté exactement un de Shoes ou Toys"),
        ("en", "bought shoes and toys but not both"),
        ("en", "bought something other than shoes"),
        ("de", "die außer Shoes auch Toys gekauft haben"),
        ("en", "order not yet shipped"),
        ("en", "ordered shoes before toys"),
        ("de", "Shoes vor Toys gekauft"),
        ("en", "post code between 10000 and 19999"),
        ("en", "ordered only 2024"),
        ("de", "die nur 2024 bestellt haben"),
        ("de", "KW 12 bestellt"),
        ("fr", "ont commandé en été 2025"),
    ],
)
def test_what_no_condition_says_is_not_read(language, text):
    assert said(text, language) == []
    assert unread(text, language)


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("ordered in the last 30 days or not", "or not"),
        ("VIP or never", "or never"),
        ("at most one of the last 5 orders refunded", "at most one of"),
    ],
)
def test_a_short_clause_without_rows_is_marked(text, marked):
    assert marked in " ".join(unread(text))
