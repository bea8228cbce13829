"""What sentences say of the data of behaviours, and that they are read back to the same tree."""

import pytest
from django.utils.translation import override

from conditions.parse import parse_tree
from conditions.phrases.normal import normal
from conditions.reading import read_sentence
from conditions.reading.exact import exact
from personalization.models import BehaviorProperty

QUIZ = {"attribute": "behavior.type", "operator": "is", "value": "quiz"}
TREES = {
    "sum": {
        "relation": "behaviors",
        "aggregate": "sum",
        "of": "behavior.score",
        "operator": "gte",
        "value": "20",
        "match": "all",
        "conditions": [QUIZ],
    },
    "not": {
        "relation": "behaviors",
        "aggregate": "sum",
        "of": "behavior.quantity",
        "operator": "is_not",
        "value": "3",
    },
    "where": {
        "relation": "behaviors",
        "aggregate": "exists",
        "match": "all",
        "conditions": [
            {"attribute": "behavior.result", "operator": "is", "value": "pass"},
            {"attribute": "behavior.path", "operator": "starts_with", "value": "/sale"},
        ],
    },
}
SAID = {
    "en": {
        "sum": "Customers whose “Score” adds up to at least 20 over behaviours of type “quiz”",
        "not": "Customers whose “Quantity” does not add up to exactly 3 over behaviours",
    },
    "de": {
        "sum": "Kunden, deren „Score“ über Verhalten vom Typ „quiz“ mindestens 20 ergibt",
        "not": "Kunden, deren „Menge“ über Verhalten nicht genau 3 ergibt",
    },
    "fr": {
        "sum": "Clients dont « Score » totalise au moins 20 sur les comportements de type « quiz »",
        "not": "Clients dont « Quantité » ne totalise pas exactement 3 sur les comportements",
    },
}


@pytest.mark.django_db
@pytest.mark.parametrize("language", SAID)
def test_sums_of_data_are_said_and_read_back(language):
    BehaviorProperty.objects.create(key="score", label="Score", type="number")
    BehaviorProperty.objects.create(
        key="result", label="Result", type="choice", options=["pass", "fail"]
    )
    with override(language):
        for name, node in TREES.items():
            tree = {"match": "all", "conditions": [node]}
            group = parse_tree(tree)
            assert exact(group.sentence(exact=True)) == normal(tree), group.sentence()
            if name in SAID[language]:
                said = group.sentence().replace("\u202f", " ").replace("\xa0", " ")
                assert said == f"{SAID[language][name]}."


@pytest.mark.django_db
@pytest.mark.once
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "score adds up to more than 20 in the last 30 days"),
        ("en", "total score over 20 in the last 30 days"),
        ("de", "in den letzten 30 Tagen Score insgesamt über 20"),
        ("fr", "score total supérieur à 20 ces 30 derniers jours"),
    ],
)
def test_total_of_a_number_is_a_sum(language, text):
    """Catches one behaviour whose score is over 20."""
    BehaviorProperty.objects.create(key="score", label="Score", type="number")
    (read,) = read_sentence(text, language=language).readings
    (total,) = read.conditions["conditions"]
    assert [total[key] for key in ("aggregate", "of", "operator")] == [
        "sum",
        "behavior.score",
        "gt",
    ]
    assert [one["operator"] for one in total["conditions"]] == ["in_last_days"]
