"""Reads the order of events as merchants type it: "viewed and then ordered within 7 days".

The words for the order stand between clauses, or in them; each event is read by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import product

from conditions.reading.events.clauses import Clause, folded, matches_in, whole_words
from conditions.reading.events.steps import (
    BOUGHT,
    Event,
    event_of,
    event_with_products,
    has_day,
    is_of_products,
    returning_step,
    with_product,
)
from conditions.reading.events.words import WORDS, EventWords, gap_pattern
from conditions.reading.languages.grammar import DAYS, UNITS, Grammar
from conditions.reading.nodes import Node, all_of

# Returns the nodes that a clause may mean; none where a part of it is not understood.
ReadClause = Callable[[str], Sequence[Node]]
MOST_STEPS = 5
MOST_DAYS, MOST_HOURS = 3_650, 87_600
# The largest number of ways to divide a text into two events.
MOST_DIVISIONS = 12


def chains_in(text: str, grammar: Grammar, read: ReadClause) -> list[Node]:
    """Return the orders of events that the whole of `text` may mean; none as a rule.

    `read` reads the clause of one event. A cart that became an order is no longer open, so that
    products put into a cart and then ordered are searched in all carts.
    """
    chains = Chains(grammar, read)
    text = text.strip().rstrip(".!")
    found = chains.around_after(text)
    for clauses in () if found else chains.divisions(text):
        found = found or chains.said_by(clauses)
    return found


def perhaps_chains_in(text: str, grammar: Grammar, read: ReadClause) -> list[Node]:
    """Return the orders of events that `text` may mean besides its plain meaning.

    "Looked at shoes and ordered within a day" may be about a day after the look, or the last day.
    """
    chains = Chains(grammar, read)
    for parts in chains.pairs(text.strip().rstrip(".!")):
        for clauses in chains.join_clauses(parts, is_then=False, perhaps=True):
            if found := chains.said_by(clauses):
                return found
    return []


def unsayable_from(text: str, grammar: Grammar) -> int | None:
    """Return where a clause about the product of the event before begins, with a time; else None.

    It is about the order of events: "looked at a product 3 times and did not buy it within a day".
    `chains_in` reads it where a condition can express it.
    """
    chains = Chains(grammar, lambda clause: [])
    for before, after in chains.pairs(text):
        clause = chains.clause(after)
        if before and clause is not None and clause.is_pronoun and clause.gap:
            return len(text) - len(after)
    return None


class Chains:
    """Reads the orders of events in one language."""

    def __init__(self, grammar: Grammar, read: ReadClause) -> None:
        self.words: EventWords = WORDS[grammar.code]
        self.grammar, self._read = grammar, read
        gap, words = gap_pattern(grammar), self.words
        self.within = words.within.format(gap=gap)
        self.at_least = words.at_least.format(gap=gap)
        self.at_most = words.at_most.format(gap=gap)

    def around_after(self, text: str) -> list[Node]:
        """Return the meaning of "ordered after a refund"; nothing where the text is ambiguous.

        A day of one of the events may also be the day after which the other event came.
        """
        found: list[Node] = []
        for first, second, gap in self._around_after(text):
            begins, follows = self.clause(first), self.clause(second)
            if begins is None or follows is None or not begins.begins:
                continue
            follows.is_after = begins.gives_words = follows.gives_words = True
            follows.gap |= gap
            said = [one for one in self.said_by([begins, follows]) if not has_day(one)]
            found += [one for one in said[:1] if one not in found]
        return found if len(found) == 1 else []

    def divisions(self, text: str) -> Iterator[list[Clause]]:
        """Yield the ways to divide `text` into clauses, in order of time."""
        parts = self._parts(text, self.words.then)
        if len(parts) > 1:
            yield from self.join_clauses(parts, is_then=True)
        for parts in self.pairs(text):
            yield from self.join_clauses(parts, is_then=False)

    def join_clauses(
        self, parts: Sequence[str], *, is_then: bool, perhaps: bool = False
    ) -> Iterator[list[Clause]]:
        """Yield the clauses of `parts` where each follows the one before, or `perhaps` does."""
        clauses = [self.clause(one) for one in parts]
        if len(clauses) > MOST_STEPS or None in clauses:
            return
        said = [one for one in clauses if one is not None]
        # What was in a cart is ordered later: "added to the cart and ordered within an hour".
        into_cart = f"(?:{self.words.cart})|(?:{self.words.into_cart})"
        is_cart = re.fullmatch(into_cart, folded(said[0].text)) is not None
        for one in said[1:]:
            one.is_after |= is_then or ((is_cart or perhaps) and bool(one.gap))
        # "Logged in and ordered within 7 days and are from Berlin": the plain meaning has it, too.
        said[-1].may_describe = perhaps
        if all(one.follows for one in said[1:]) and said[0].begins:
            yield said

    def _parts(self, text: str, pattern: str) -> list[str]:
        parts, end = [], 0
        for found in matches_in(pattern, text):
            if found.start() > end:
                parts.append(text[end : found.start()])
                end = found.end()
        return [*parts, text[end:]]

    def pairs(self, text: str) -> Iterator[list[str]]:
        """Yield the divisions of `text` at one joining word, the last word first."""
        found = list(matches_in(self.words.joins, text))[-MOST_DIVISIONS:]
        for one in reversed(found):
            yield [text[: one.start()], text[one.end() :]]

    def _around_after(self, text: str) -> Iterator[tuple[str, str, dict[str, int]]]:
        """Yield the event that came first, the event after it, and the gap."""
        words = self.words
        for key, pattern in (
            ("within", rf"(?:{self.within}) (?:{words.gap_to})"),
            ("within", rf"(?:{self.at_most}) (?:{words.after})"),
            ("after", rf"(?:{self.at_least}) (?:{words.after})"),
            ("", words.after),
        ):
            for found in re.finditer(rf"(?:^|(?<= ))(?:{pattern}) ", folded(text)):
                gap = self._length(key, found) if key else {}
                if gap is None:
                    continue
                before, rest = text[: found.start()].strip(" ,"), text[found.end() :]
                if before and not re.fullmatch(words.auxiliary, folded(before)):
                    yield rest, before, gap
                    continue
                # "After a refund ordered again": where the first event ends is unclear.
                places = [one.start() for one in re.finditer(r",? ", rest)][:MOST_DIVISIONS]
                yield from ((rest[:place], rest[place:].strip(" ,"), gap) for place in places)

    def clause(self, text: str) -> Clause | None:
        """Return the clause of a text; None where no condition can express it."""
        clause, words = Clause(text), self.words
        for key, pattern, is_after in (
            ("after", f"(?:{self.at_least}) (?:{words.later})", True),
            ("within", f"(?:{self.at_most}) (?:{words.later})", True),
            ("within", self.within, False),
        ):
            found = self._take(clause, pattern)
            if found is not None:
                gap = self._length(key, found)
                if gap is None:
                    return None
                clause.gap |= gap
                clause.is_after |= is_after
        clause.is_absent = self._take(clause, words.not_done) is not None
        if not clause.is_absent:
            clause.is_none = clause.is_absent = self._take(clause, words.none) is not None
        clause.is_pronoun = self._take(clause, words.pronoun) is not None
        clause.is_same = self._take(clause, words.same) is not None or clause.is_pronoun
        clause.is_after |= self._take(clause, words.afterwards) is not None
        clause.is_again = self._take(clause, words.again) is not None
        clause.is_after |= re.fullmatch(words.returned, folded(clause.text)) is not None
        if words.repeated and (found := re.search(words.repeated, folded(clause.text))):
            clause.text = clause.text[: found.start()] + clause.text[found.end() :]
            clause.is_again = True
        self._take(clause, rf"^(?:{words.leading})")
        if clause.is_absent and clause.gap.keys() - {"within_days", "within_hours"}:
            return None
        return clause

    def _take(self, clause: Clause, pattern: str) -> re.Match[str] | None:
        found = whole_words(pattern).search(folded(clause.text))
        if found is not None:
            text = f"{clause.text[: found.start()]} {clause.text[found.end() :]}"
            clause.text = " ".join(text.split()).strip(" ,")
        return found

    def _length(self, key: str, found: re.Match[str]) -> dict[str, int] | None:
        said = found["gap"]
        is_one = re.fullmatch(self.words.one, said) is not None
        number = 1 if is_one else self.grammar.numbers.read(said)
        unit = next(one for one in UNITS if found[one])
        if number is None or number != int(number):
            return None
        size = int(number) * DAYS.get(unit, 1)
        if size > (MOST_HOURS if unit == "hour" else MOST_DAYS):
            return None
        return {f"{key}_{'hours' if unit == 'hour' else 'days'}": size}

    def said_by(self, clauses: Sequence[Clause]) -> list[Node]:
        """Return the nodes that the order of `clauses` may mean; none where it is no order."""
        if any(one.is_absent for one in clauses[:-1]):
            return []
        is_open, words = clauses[-1].is_absent, self.words
        ways = [
            list(self._events(one, clauses, is_open=is_open and number == 0))
            for number, one in enumerate(clauses)
        ]
        # "Them" are products of that kind, or the very same product.
        kinds = (True, False) if any(one.is_pronoun for one in clauses) else (False,)
        chains = (
            self._chain(events, clauses, is_kind=is_kind)
            for is_kind in kinds
            for events in product(*ways)
        )
        found = [one for one in chains if one is not None]
        is_pronoun = clauses[-1].is_pronoun
        if found and not is_pronoun and re.fullmatch(words.buying, folded(clauses[-1].text)):
            # "looked at shoes and bought within a day": bought anything, or shoes.
            ways[-1] = [
                one for events in ways[-2] if (one := event_with_products(events)) is not None
            ]
            chains = (self._chain(events, clauses) for events in product(*ways))
            found += [one for one in chains if one is not None]
        return found

    def _chain(
        self, events: Sequence[Event], clauses: Sequence[Clause], *, is_kind: bool = False
    ) -> Node | None:
        """Return the node of `events`; None where no condition can express their order.

        `is_kind`: a pronoun stands for the kind of products that the event before names.
        """
        steps = [dict(events[0].step)]
        for event, clause in zip(events[1:], clauses[1:], strict=True):
            step = event.step | clause.gap
            is_named = clause.is_pronoun and "conditions" in steps[-1]
            if is_kind and not is_named:
                return None
            if is_named and clause.is_absent and not clause.gap:
                # "Looked at coffee but never bought it": at no time, not only not after the look.
                return None
            if is_kind:
                kind = event_with_products(Event(steps[-1]))
                if kind is None or "conditions" in step or step["relation"] != BOUGHT:
                    return None
                step = {**kind.step, **clause.gap}
            elif clause.is_same:
                before, same = with_product(steps[-1]), with_product(step)
                if before is None or same is None:
                    return None
                steps[-1], step = before, same | {"same": "sku"}
            if step.pop("returned", False):
                again = returning_step(steps[-1])
                if again is None:
                    return None
                step = again | clause.gap
            if step.pop("second", False) and steps[-1].get("only") != "first":
                return None
            is_same_kind = step["relation"] == steps[-1]["relation"]
            if is_same_kind and "at" in step and "conditions" not in step and not clause.is_again:
                # "got Spring but did not click within 3 days" is about that mail.
                step |= {key: steps[-1][key] for key in ("match", "conditions") if key in steps[-1]}
            is_trivial = step["relation"] == steps[-1]["relation"] and "only" not in steps[-1]
            if clause.is_absent and is_trivial and not clause.gap:
                # No order follows the last one: this is true of all customers with an order.
                return None
            is_order = step["relation"] in {BOUGHT, "order_items"} and not clause.is_absent
            if is_order and steps[-1]["relation"] == "carts":
                # A cart that was ordered is no longer open.
                steps[-1] = {**steps[-1], "relation": "all_carts"}
            steps.append(step | ({"not": True} if clause.is_absent else {}))
        if steps[0].pop("second", False):
            return None
        return all_of([*(node for event in events for node in event.beside), {"steps": steps}])

    def _events(
        self, clause: Clause, clauses: Sequence[Clause], *, is_open: bool
    ) -> Iterator[Event]:
        """Yield the events that one clause may mean, the likeliest first.

        `is_open`: a cart that the clause names may still be open, since no order followed.
        """
        words, said = self.words, folded(clause.text)
        carts = ("cart_items", "all_cart_items") if is_open else ("all_cart_items",)
        if re.fullmatch(words.cart, said):
            yield from (Event({"relation": one}) for one in carts)
            return
        if (found := re.fullmatch(words.into_cart, said)) is not None:
            what = words.bought.format(clause.text[found.start("what") : found.end("what")])
            bought = filter(None, map(event_of, self._read(what)))
            put = [event_with_products(one, name) for one in bought for name in carts]
            yield from (one for one in put if one is not None)
            return
        if re.fullmatch(words.second_order, said):
            yield Event({"relation": BOUGHT, "second": True})
            return
        if re.fullmatch(words.first_order, said):
            if clause is clauses[0]:
                yield Event({"relation": BOUGHT, "only": "first"})
            return
        if re.fullmatch(words.last_order, said):
            if clause is clauses[0]:
                yield Event({"relation": BOUGHT, "only": "last"})
            return
        if (first := re.match(words.first, said)) is not None:
            # "after their first login"
            if clause is clauses[0]:
                events = map(event_of, self._read(clause.text[first.end() :]))
                yield from (
                    Event({**one.step, "only": "first"}) for one in events if one and not one.beside
                )
            return
        if re.fullmatch(words.returned, said):
            if clause is not clauses[0]:
                yield Event({"returned": True})
            return
        if not clause.text:
            return
        # "Bought shoes and then boots" names the verb once.
        elided = [] if clause.gives_words else [words.bought.format(clause.text)]
        for text in (clause.text, *elided):
            for node in self._read(text):
                event = event_of(node)
                is_wanted = text == clause.text or (event is not None and is_of_products(event))
                if event is None or not is_wanted:
                    continue
                # Conditions on the customer must stand in the first clause, before the events.
                is_described = clause is clauses[0] or (
                    clause.may_describe and not any(map(has_day, event.beside))
                )
                if event.beside and not is_described:
                    continue
                yield event
                return
