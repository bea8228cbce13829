"""A grammar of the tests' own: sentences of people, each with the customers whom it means.

It shares nothing with the reader: what a sentence means is said of plain people, in Python.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

COUNTRIES = {
    "DE": ("Germany", "Deutschland", "Allemagne"),
    "AT": ("Austria", "Österreich", "Autriche"),
}
CITIES = {"Berlin": "DE", "Hamburg": "DE", "Graz": "AT"}
GROUPS = ("VIP", "Wholesale")
CATEGORIES = ("Shoes", "Toys")
LANGUAGES = ("en", "de", "fr")


@dataclass
class Bought:
    """An order that counts: so many days ago, for so much, of one category."""

    days: int
    total: int
    category: str
    coupon: bool


@dataclass
class Person:
    """A customer, as far as sentences speak of one."""

    city: str
    group: str
    gender: str
    is_subscribed: bool
    logins: list[int]
    orders: list[Bought] = field(default_factory=list)


Means = Callable[[Person], bool]


def people(rng: Random, count: int) -> list[Person]:
    """Return people who differ in everything that sentences speak of."""
    found = []
    for _number in range(count):
        orders = [
            Bought(
                rng.choice([3, 20, 40, 60, 100, 150, 300]),
                rng.choice([20, 80, 150, 400]),
                rng.choice(CATEGORIES),
                rng.random() < 0.3,
            )
            for _order in range(rng.choice([0, 0, 1, 1, 2, 3, 5]))
        ]
        logins = rng.sample([2, 15, 50, 80, 200], rng.choice([0, 1, 2]))
        found.append(
            Person(
                rng.choice([*CITIES]),
                rng.choice(["General", *GROUPS]),
                rng.choice(["female", "male"]),
                rng.random() < 0.5,
                logins,
                orders,
            )
        )
    return found


@dataclass(frozen=True)
class Thought:
    """Something said of people: affirmed and denied, in each language, and whom it means."""

    yes: Sequence[str]
    no: Sequence[str]
    means: Means


def thoughts(rng: Random) -> list[Thought]:
    """Return one thought of each kind, with numbers and names by chance."""
    city, (country, called) = rng.choice([*CITIES]), rng.choice([*COUNTRIES.items()])
    group, category = rng.choice(GROUPS), rng.choice(CATEGORIES)
    days, times, amount = (
        rng.choice([7, 30, 45, 90, 120]),
        rng.choice([2, 3, 4]),
        rng.choice([50, 100, 200, 500]),
    )
    women = rng.random() < 0.5
    who = ("women", "Frauen", "des femmes") if women else ("men", "Männer", "des hommes")
    gender = "female" if women else "male"
    return [
        Thought(
            (f"live in {city}", f"in {city} wohnen", f"habitent à {city}"),
            (f"do not live in {city}", f"nicht in {city} wohnen", f"n'habitent pas à {city}"),
            lambda one: one.city == city,
        ),
        Thought(
            (f"are from {called[0]}", f"aus {called[1]} kommen", f"habitent en {called[2]}"),
            (
                f"are not from {called[0]}",
                f"nicht aus {called[1]} kommen",
                f"n'habitent pas en {called[2]}",
            ),
            lambda one: CITIES[one.city] == country,
        ),
        Thought(
            (
                f"are in the group {group}",
                f"in der Gruppe {group} sind",
                f"sont dans le groupe {group}",
            ),
            (
                f"are not in the group {group}",
                f"nicht in der Gruppe {group} sind",
                f"ne sont pas dans le groupe {group}",
            ),
            lambda one: one.group == group,
        ),
        Thought(
            (f"are {who[0]}", f"{who[1]} sind", f"sont {who[2]}"),
            (f"are not {who[0]}", f"keine {who[1]} sind", f"ne sont pas {who[2]}"),
            lambda one: one.gender == gender,
        ),
        Thought(
            (
                f"have ordered at least {times} times",
                f"mindestens {times} Mal bestellt haben",
                f"ont commandé au moins {times} fois",
            ),
            (
                f"have ordered fewer than {times} times",
                f"weniger als {times} Mal bestellt haben",
                f"ont commandé moins de {times} fois",
            ),
            lambda one: len(one.orders) >= times,
        ),
        Thought(
            (
                f"have ordered more than {times} times",
                f"mehr als {times} Mal bestellt haben",
                f"ont commandé plus de {times} fois",
            ),
            (
                f"have ordered at most {times} times",
                f"höchstens {times} Mal bestellt haben",
                f"ont commandé au plus {times} fois",
            ),
            lambda one: len(one.orders) > times,
        ),
        Thought(
            (
                f"have ordered in the last {days} days",
                f"in den letzten {days} Tagen bestellt haben",
                f"ont commandé au cours des {days} derniers jours",
            ),
            (
                f"have not ordered in the last {days} days",
                f"in den letzten {days} Tagen nicht bestellt haben",
                f"n'ont pas commandé au cours des {days} derniers jours",
            ),
            lambda one: any(order.days <= days for order in one.orders),
        ),
        Thought(
            (
                f"have spent more than {amount} euros",
                f"mehr als {amount} Euro ausgegeben haben",
                f"ont dépensé plus de {amount} euros",
            ),
            (
                f"have spent at most {amount} euros",
                f"höchstens {amount} Euro ausgegeben haben",
                f"ont dépensé au plus {amount} euros",
            ),
            lambda one: sum(order.total for order in one.orders) > amount,
        ),
        Thought(
            (f"have bought {category}", f"{category} gekauft haben", f"ont acheté {category}"),
            (
                f"have never bought {category}",
                f"noch nie {category} gekauft haben",
                f"n'ont jamais acheté {category}",
            ),
            lambda one: any(order.category == category for order in one.orders),
        ),
        Thought(
            (
                f"have logged in in the last {days} days",
                f"sich in den letzten {days} Tagen eingeloggt haben",
                f"se sont connectés au cours des {days} derniers jours",
            ),
            (
                f"have not logged in in the last {days} days",
                f"sich in den letzten {days} Tagen nicht eingeloggt haben",
                f"ne se sont pas connectés au cours des {days} derniers jours",
            ),
            lambda one: any(login <= days for login in one.logins),
        ),
        Thought(
            (
                "are subscribed to the newsletter",
                "den Newsletter abonniert haben",
                "sont abonnés à la newsletter",
            ),
            (
                "are not subscribed to the newsletter",
                "den Newsletter nicht abonniert haben",
                "ne sont pas abonnés à la newsletter",
            ),
            lambda one: one.is_subscribed,
        ),
        Thought(
            ("have ordered before", "schon einmal bestellt haben", "ont déjà commandé"),
            ("have never ordered", "noch nie bestellt haben", "n'ont jamais commandé"),
            lambda one: bool(one.orders),
        ),
        Thought(
            ("have used a coupon", "einen Gutschein verwendet haben", "ont utilisé un code promo"),
            (
                "have never used a coupon",
                "noch nie einen Gutschein verwendet haben",
                "n'ont jamais utilisé de code promo",
            ),
            lambda one: any(order.coupon for order in one.orders),
        ),
        Thought(
            (
                f"have an order of more than {amount} euros",
                f"eine Bestellung von mehr als {amount} Euro haben",
                f"ont une commande de plus de {amount} euros",
            ),
            (
                f"have no order of more than {amount} euros",
                f"keine Bestellung von mehr als {amount} Euro haben",
                f"n'ont pas de commande de plus de {amount} euros",
            ),
            lambda one: any(order.total > amount for order in one.orders),
        ),
    ]


def both(one: Means, other: Means) -> Means:
    return lambda person: one(person) and other(person)


def either(one: Means, other: Means) -> Means:
    return lambda person: one(person) or other(person)


def but_not(one: Means, other: Means) -> Means:
    return lambda person: one(person) and not other(person)


def neither(one: Means, other: Means) -> Means:
    return lambda person: not one(person) and not other(person)


# How two parts are joined, in each language, and what that means.
JOINED: Sequence[tuple[Sequence[str], Callable[[Means, Means], Means]]] = (
    (("customers who {0} and {1}", "Kunden, die {0} und {1}", "clients qui {0} et {1}"), both),
    (
        (
            "customers who {0} and who {1}",
            "Kunden, die {0} und die {1}",
            "clients qui {0} et qui {1}",
        ),
        both,
    ),
    (("people who {0} but {1}", "alle, die {0}, aber {1}", "tous ceux qui {0} mais {1}"), both),
    (("customers who {0} or {1}", "Kunden, die {0} oder {1}", "clients qui {0} ou {1}"), either),
    (
        (
            "customers who {0} or who {1}",
            "Kunden, die {0} oder die {1}",
            "clients qui {0} ou qui {1}",
        ),
        either,
    ),
    (
        (
            "customers who either {0} or {1}",
            "Kunden, die entweder {0} oder {1}",
            "clients qui soit {0} soit {1}",
        ),
        either,
    ),
    (
        (
            "customers who {0}, except those who {1}",
            "Kunden, die {0}, außer denen, die {1}",
            "clients qui {0}, sauf ceux qui {1}",
        ),
        but_not,
    ),
    (
        (
            "only customers who {0} and {1}",
            "nur Kunden, die {0} und {1}",
            "seulement les clients qui {0} et {1}",
        ),
        both,
    ),
)
NEITHER = ("customers who neither {0} nor {1}", "Kunden, die weder {0} noch {1}", "")
ALONE = ("customers who {0}", "Kunden, die {0}", "clients qui {0}")
THREE = (
    "customers who {0} and {1} or {2}",
    "Kunden, die {0} und {1} oder {2}",
    "clients qui {0} et {1} ou {2}",
)


@dataclass(frozen=True)
class Spoken:
    """A sentence, and what honest readers take it for: one meaning, or each of several."""

    text: str
    meanings: Sequence[Means]


def sentences(language: str, rng: Random) -> Iterator[Spoken]:
    """Yield sentences of `language`, each once, without end."""
    seen = set[str]()
    for spoken in _any_sentences(LANGUAGES.index(language), rng):
        if spoken.text not in seen:
            seen.add(spoken.text)
            yield spoken


def _any_sentences(number: int, rng: Random) -> Iterator[Spoken]:
    while True:
        parts = [_said(one, number, rng) for one in rng.sample(thoughts(rng), 3)]
        texts, (first, second, third) = (
            [text for text, _means in parts],
            [part[1] for part in parts],
        )
        kind = rng.random()
        if kind < 0.1:
            yield Spoken(ALONE[number].format(*texts), [first])
        elif kind < 0.25:
            bindings = [either(both(first, second), third), both(first, either(second, third))]
            yield Spoken(THREE[number].format(*texts), bindings)
        elif kind < 0.35 and NEITHER[number]:
            one, other = rng.sample(thoughts(rng), 2)
            text = NEITHER[number].format(one.yes[number], other.yes[number])
            yield Spoken(text, [neither(one.means, other.means)])
        else:
            words, joined = rng.choice(JOINED)
            yield Spoken(words[number].format(*texts), [joined(first, second)])


def _said(thought: Thought, number: int, rng: Random) -> tuple[str, Means]:
    if rng.random() < 0.65:
        return thought.yes[number], thought.means
    return thought.no[number], lambda person: not thought.means(person)
