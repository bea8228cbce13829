"""Divides a sentence into facts: where each ends, what joins it to the next, what is denied."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, takewhile

from conditions.reading.chunks.chunk import JOINS, Chunk
from conditions.reading.chunks.period_lists import with_shared_years
from conditions.reading.facts.fact import Fact, Field, Said
from conditions.reading.languages.grammar import Grammar
from conditions.reading.languages.words import plain
from conditions.reading.reader.clauses import (
    TURNS,
    nouns_first,
    small_words,
    starts_of_clauses,
    with_clauses,
    without_any_more,
    without_emphasis,
    without_repeated_every,
    words_of_chunk,
)
from conditions.reading.reader.lists import merge_counts, merge_lists, without_strangers
from conditions.reading.vocabulary.model import Model

SPELLINGS = frozenset({"starts_with", "ends_with", "contains"})
# Kinds of chunks about rows that were named.
OF_ROWS = frozenset({"period", "length", "quantity", "name"})
# Deeper brackets are ignored.
DEEPEST = 8


class ClauseReading:
    """Reads chunks from left to right; a method `read_...` for each kind of them.

    `said` holds the facts so far with the words that join them, `fact` is the fact being read,
    `denied` a word that denies what comes next, `unread` the chunks that are not understood.
    """

    def __init__(self, chunks: Sequence[Chunk], model: Model, grammar: Grammar) -> None:
        clauses = without_any_more(list(with_clauses(chunks, grammar)), model, grammar)
        said = [
            # After "starts with", the text is taken as it is written.
            replace(one, kind="unknown") if one.kind == "fill" else one
            for before, one in pairwise((Chunk(0, 0, ""), *clauses))
            if one.kind != "fill" or before.kind in SPELLINGS
        ]
        said = without_repeated_every(list(without_emphasis(said)), model)
        said, strangers = without_strangers(with_shared_years(said))
        merged = merge_counts(merge_lists(said))
        self.chunks = [_with_all(one, grammar) for one in merged]
        self.model, self.grammar = model, grammar
        # The ends of words after which a place may be a destination.
        at_place = grammar.at_place | grammar.toward
        self.at_place = {
            one.end
            for one in chunks
            if (one.kind == "fill" and one.what in at_place) or one.kind == "later"
        }
        self.nouns_first = set(nouns_first(chunks, grammar))
        self.clauses_of_state = set(
            starts_of_clauses(
                chunks, lambda one: one.kind == "fill" and one.what in grammar.finite_verbs
            )
        )
        self.clauses_of_any = set(
            starts_of_clauses(chunks, lambda one: not grammar.of_any.isdisjoint(small_words(one)))
        )
        self.clauses_of_them = set(
            starts_of_clauses(chunks, lambda one: one.kind == "fill" and one.what in grammar.them)
        )
        self.clauses_of_receipt = set(
            starts_of_clauses(
                chunks, lambda one: not grammar.receiving.isdisjoint(words_of_chunk(one))
            )
        )
        self.clauses_with_verbs = set(
            starts_of_clauses(
                chunks, lambda one: not grammar.finite_verbs.isdisjoint(words_of_chunk(one))
            )
        )
        # The ends of words for products in general: "items".
        self.after_pieces = {
            one.end
            for one in chunks
            if one.kind == "fill" and re.fullmatch(grammar.pieces, one.what)
        }
        # The ends of words after which a verb stands, not a noun: "tous ont commandé".
        finite = grammar.finite_verbs
        self.after_finite = {one.end for one in chunks if one.kind == "fill" and one.what in finite}
        self.verb_last = grammar.verb_last
        self.said: Said = []
        self.fact = Fact()
        self.denied: Chunk | None = None
        self.unread: list[Chunk] = strangers
        self.place = 0
        self.last_join: list[Chunk] = []

    def next(self, skip: Sequence[str] = ()) -> Chunk | None:
        """Return the chunk after the current one, without those whose kind is in `skip`."""
        return next((one for one in self.chunks[self.place :] if one.kind not in skip), None)

    def before(self, kind: str) -> Chunk | None:
        """Return the chunk right before the current one, where it is of this `kind`."""
        before = self.chunks[self.place - 2] if self.place > 1 else None
        return before if before is not None and before.kind == kind else None

    def standing_before(self) -> Fact | None:
        """Return the fact of a value right before, in this thought, that describes customers."""
        before = self.said[-2] if self.said[-1:] == ["with"] else None
        return before if isinstance(before, Fact) else None

    def deny(self, what: Fact | Field, fact: Fact | None = None) -> None:
        """Deny `what`, of `fact` (the current one), where a denial stands before it."""
        if self.denied is not None:
            what.denied = not what.denied
            if isinstance(what, Fact):
                what.is_excepted = self.denied.kind == "except"
                what.of_each = self.denied.what in self.grammar.none
            else:
                if self.fact.is_empty:
                    self.fact.of_each = self.denied.what in self.grammar.none
                what.is_without = self.denied.what in self.grammar.lacking
            (fact or self.fact).chunks.append(self.denied)
            self.denied = None

    def close(self, join: str = "") -> None:
        """End the current fact, and begin another; `join` stands between them."""
        is_covered = self._deny_before() and join in JOINS
        if self.fact.is_broken:
            # The words that were not understood may be their comparison.
            for one in [one for one in self.fact.fields if one.is_open]:
                self.fact.fields.remove(one)
                self.unread.append(one.chunk)
        self._imply()
        starts = {one.start for one in self.fact.chunks}
        self.fact.is_of_any = not starts.isdisjoint(self.clauses_of_any)
        self.fact.is_of_them = not starts.isdisjoint(self.clauses_of_them)
        self.fact.is_received = not starts.isdisjoint(self.clauses_of_receipt)
        self.fact.has_verb = not starts.isdisjoint(self.clauses_with_verbs)
        if self.fact.is_lost or (self.fact.is_broken and (not self.fact.head or self.fact.denied)):
            # Numbers among words that are not understood belong to these words. The fact keeps its
            # place, since facts joined to it are unclear, too.
            lost = Fact(
                is_lost=True,
                denied=self.fact.denied,
                chunks=self.fact.chunks,
                joined_by=self.fact.joined_by,
            )
            self.said.append(lost)
            # "never white or blue shirts": it denies what follows, too.
            is_covered |= lost.denied and not self.fact.head and join in JOINS
        elif not self.fact.is_empty:
            self.said.append(self.fact)
        elif self.said and self.said[-1] == "with":
            self.said.pop()
        elif (
            self.said
            and self.said[-1] in ("or", "nor", "but")
            and join not in ("who", "either", "neither")
        ):
            # A word without meaning for us stands in the middle: it must be reported.
            self.unread += self.last_join
        is_joined_on = bool(self.said) and self.said[-1] in TURNS
        joined_by = self.fact.joined_by if self.fact.is_empty and is_joined_on else []
        self.fact = Fact(joined_by=list(joined_by), is_lost=is_covered)
        if join:
            self.said.append(join)
            self.last_join = [self.chunks[self.place - 1]]
            self.fact.joined_by += self.last_join

    def _deny_before(self) -> bool:
        """Deny the fact before a denial that nothing follows: "coffee never".

        Return whether there is no such fact, so that it is unclear what the word denies.
        """
        if self.denied is None:
            return False
        fact = self.fact
        if fact.is_empty and not (fact.is_broken or fact.is_lost):
            joins = set(takewhile(lambda one: isinstance(one, str), self.said[::-1]))
            if "or" in joins:
                self._elide()
                return False
            if joins <= {"but", "comma", "with"}:
                # "by card, but never"
                del self.said[len(self.said) - _count_joins(self.said) :]
                fact = next((one for one in self.said[-1:] if isinstance(one, Fact)), fact)
        if fact.is_empty:
            self.unread.append(self.denied)
            self.denied = None
            return True
        self.deny(fact, fact)
        return False

    def _elide(self) -> None:
        """Read "or never", "or none" at the end: there are no rows of the kind of the fact before.

        The fact is not understood where no rows were named, or where they have conditions other
        than their products.
        """
        fact, denial = self.fact, self.denied
        assert denial is not None
        self.denied = None
        fact.chunks.append(denial)
        facts = [one for one in self.said if isinstance(one, Fact)]
        of = next((one for one in reversed(facts) if one.head), None)
        rows = self.model.rows_of(of.head) if of is not None else None
        is_said = denial.kind == "never" or denial.what in self.grammar.none
        is_value = of is not None and self.model.has_choices_of_rows(of.head)
        if of is None or rows is None or of.is_standing or is_value or not is_said:
            fact.is_lost = True
            return
        named = any(one.denied or one.quantity or one.when for one in of.fields)
        if named or of.is_lost or of.is_broken or (of.fields and denial.kind != "never"):
            fact.is_lost = True
            return
        fact.head = of.head if self.model.is_relation(of.head) else rows.name
        fact.verb, fact.denied, fact.apart, fact.elided = of.verb, True, True, True
        fact.values, fact.fields = list(of.values), list(of.fields)
        if denial.kind != "never" and not fact.is_total:
            # "refunds under 50 in 2025 or none": none in 2025, or none at all.
            fact.perhaps_when = list(of.when)

    def _imply(self) -> None:
        """Give a fact that only has fields their rows as its head."""
        if self.fact.head:
            return
        named = [list(one.codes) for one in self.fact.fields]
        named += [values.attributes for values in self.fact.values if not named]
        self.fact.head = self.model.implied(named)
        self.fact.implied = bool(self.fact.head)

    def read_and(self, chunk: Chunk) -> None:
        self.close("and")

    def read_or(self, chunk: Chunk) -> None:
        self.close("or")

    def read_comma(self, chunk: Chunk) -> None:
        self.close("comma")

    def read_but(self, chunk: Chunk) -> None:
        self.close("but")

    def read_who(self, chunk: Chunk) -> None:
        if self._is_none_of_rows():
            # "3 orders, none of which over 100"
            return
        is_unclear = self.fact.is_broken or self.fact.is_lost
        if self.denied is not None and self.fact.is_empty and not is_unclear:
            # "nobody who ...", "except those who ...": all that follows is denied.
            self.said.append("none(")
            self.fact = Fact(chunks=[self.denied])
            self.denied = None
        else:
            self.close("who")
        self.fact.apart = True

    def _is_none_of_rows(self) -> bool:
        """Return whether "none" stands alone after the name of rows."""
        if self.denied is None or self.denied.what not in self.grammar.none:
            return False
        facts = [one for one in self.said if isinstance(one, Fact)]
        is_of_rows = bool(facts) and self.model.is_relation(facts[-1].head)
        return is_of_rows and self.fact.is_empty and not self.fact.is_broken

    def read_pronoun(self, chunk: Chunk) -> None:
        """Read "one" as one of the rows before: "3 orders, one over 100"."""
        self.fact.of_each = True

    def read_except(self, chunk: Chunk) -> None:
        if self.denied is not None and self.fact.is_empty:
            # "nobody except VIPs"
            self.fact.chunks.append(self.denied)
            self.denied = None
            self.read_unsayable(chunk)
            return
        following = self.next()
        is_value = following is not None and following.kind == "value"
        values = following.what.each[0] if following is not None and is_value else ()
        codes = [named.attribute for named in values]
        is_product = self.model.names_products(codes)
        before = next((one for one in self.said[-2:-1] if isinstance(one, Fact)), self.fact)
        on = before if self.fact.is_empty and self.said[-1:] == ["comma"] else self.fact
        is_none = on.denied and self.model.is_relation(on.head)
        is_more = following is not None and following.kind in OF_ROWS
        is_first = self.fact.is_empty and not self.said and not self.model.standing(codes, "", "")
        if ((is_none or is_first) and is_product) or (is_none and is_more):
            # "bought nothing except shoes", "apart from shoes, bought nothing", "no orders except
            # in 2025": no condition is about the others.
            on.is_lost = True
            self.read_unsayable(chunk)
            return
        self.close("but")
        self.denied = chunk

    def read_open(self, chunk: Chunk) -> None:
        if self.said.count("(") - self.said.count(")") >= DEEPEST:
            self.unread.append(chunk)
            return
        self.close()
        self.said.append("(")

    def read_close(self, chunk: Chunk) -> None:
        self.close(")")

    def read_unsayable(self, chunk: Chunk) -> None:
        """Mark words that no condition can express, with the words that belong to them."""
        self.fact.is_lost = True
        self.fact.chunks.append(chunk)

    read_multiple = read_if = read_comparison = read_scope = read_season = read_unsayable
    read_fraction = read_random = read_unsayable

    def read_interval(self, chunk: Chunk) -> None:
        """Read "between" without two ends; the joining word after it belongs to it."""
        self.read_unsayable(chunk)
        turn = next((one for one in self.chunks[self.place :] if one.kind in TURNS), None)
        if turn is not None and turn.kind == "and":
            self.chunks.remove(turn)


def _with_all(chunk: Chunk, grammar: Grammar) -> Chunk:
    """Return a noun for women as one that may mean all customers: "Kundinnen"."""
    if chunk.kind != "value" or plain(chunk.text) not in grammar.feminine:
        return chunk
    return replace(chunk, what=replace(chunk.what, may_be_all=True))


def _count_joins(said: Said) -> int:
    """Return how many joining words stand at the end of the facts."""
    return sum(1 for _ in takewhile(lambda one: isinstance(one, str), reversed(said)))
