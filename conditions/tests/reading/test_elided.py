"""What a short clause leaves out: "or never", "none over 100", "but not both", "anything but"."""

import pytest

from conditions.reading.kept import forget
from conditions.tests.reading.sentences import said, unread
from conditions.tests.small_shop import customer
from customers.models import Address, Category, CustomerGroup

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(autouse=True)
def shop():
    Address.objects.create(customer=customer("1", gender="female"), city="Berlin")
    CustomerGroup.objects.create(code="vip", name="VIP")
    for name in ("Shoes", "Toys"):
        Category.objects.create(code=name.lower(), name=name)
    forget()


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
