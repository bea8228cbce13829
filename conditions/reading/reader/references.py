"""Words that refer to another part of a sentence: "there", "without shipping", "per order"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conditions.reading.chunks.chunk import Chunk
from conditions.reading.facts.fact import Fact, Field, Values
from conditions.reading.reader.counting import Counting
from conditions.reading.vocabulary.model import PLACES


class References(Counting):
    """Reads words that refer to a place, an amount or a consent, and values that rows lack."""

    def read_value(self, chunk: Chunk) -> None:
        """Read a value; raises NotImplementedError, `Reader` overrides it."""
        raise NotImplementedError

    def read_there(self, chunk: Chunk) -> None:
        """Read "living there" as living in the place that was named last."""
        place = next(self._places(), None)
        is_alone = self.fact.is_empty and not self.fact.is_broken
        if place is None or not is_alone or self.is_rows(self.next()):
            # "lives in Berlin but never ordered there": which place is meant is unclear.
            self.read_unsayable(chunk)
        else:
            self.read_value(replace(chunk, kind="value", what=place))

    def _places(self) -> Iterator[Values]:
        """Yield the places that were named, the last first."""
        for fact in reversed([one for one in (*self.said, self.fact) if isinstance(one, Fact)]):
            for values in (*[one.values for one in fact.fields if one.values], *fact.values):
                kind = self.model.standing(values.attributes, "", "").rpartition(".")[2]
                if kind in PLACES:
                    yield values

    def read_net(self, chunk: Chunk) -> None:
        """Read "without shipping": no condition can exclude a part of an amount."""
        following = self.next()
        before = self.said[-2:-1] if self.fact.is_empty and self.said[-1:] == ["comma"] else []
        facts = [self.fact, *(one for one in before if isinstance(one, Fact))]
        units = {one.unit for fact in facts for one in fact.quantities}
        if not units & {"", "money", "worth"}:
            self.read_not(chunk)
            return
        self.read_unsayable(chunk)
        if following is not None and following.kind == "name":
            self.place += 1
            self.fact.chunks.append(following)

    def read_beside(self, chunk: Chunk) -> None:
        """Read "within 30 days of registration", which no condition can express, and its noun."""
        self.read_unsayable(chunk)
        following = self.next()
        while following is not None and following.kind in {"unknown", "name"}:
            self.place += 1
            self.fact.chunks.append(following)
            following = self.next() if following.kind == "unknown" else None

    def read_unless(self, chunk: Chunk) -> None:
        """Read "unless": exclude the customers who match all that follows."""
        follows = {one.kind for one in self.chunks[self.place :]}
        is_first = not self.said and self.fact.is_empty
        if self.denied is not None or (is_first and "comma" in follows):
            # "unless VIP, women": where the clause ends is unclear.
            self.read_unsayable(chunk)
            return
        self.close("but")
        self.said.append("none(")
        self.fact = Fact(chunks=[chunk], apart=True)

    def read_meanwhile(self, chunk: Chunk) -> None:
        """Read "while": a clause begins, whose point in time no condition can express."""
        self.close("but")
        self.unread.append(chunk)

    def read_outside(self, chunk: Chunk) -> None:
        """Read "shipped outside" as shipped to another place than the one named next."""
        self.read_name(replace(chunk, kind="name"))
        for one in self.fact.fields[-1:]:
            one.denied = not one.denied

    def read_any(self, chunk: Chunk) -> None:
        """Read "any order" after a denied attribute: "without a coupon on any order"."""
        self._lack_whole(none=True)

    def read_no_longer(self, chunk: Chunk) -> None:
        """Read "no longer", or the second half of "ne ... plus de"."""
        said = [*self.fact.chunks, *([self.denied] if self.denied is not None else [])]
        if "neither" in self.said or "nor" in self.said[-1:]:
            # "Neither VIP nor no longer subscribed" denies a denial.
            self.read_unsayable(chunk)
        elif any(one.kind == "no_longer" for one in said):
            self.fact.chunks.append(chunk)
        else:
            self.read_not(chunk)

    def read_any_more(self, chunk: Chunk) -> None:
        """Read the second half of "kein ... mehr"."""
        self.fact.chunks.append(replace(chunk, kind="no_longer"))

    def read_exclusively(self, chunk: Chunk) -> None:
        """Read "exclusively" as "always"; of products it means that nothing else was bought."""
        following = self.next()
        values = list(self.fact.values)
        values += [following.what] if following is not None and following.kind == "value" else []
        if any(self.model.names_products(one.attributes) for one in values):
            self.read_unsayable(chunk)
        else:
            self.read_always(chunk)

    def read_per_row(self, chunk: Chunk) -> None:
        """Read "per order": the comparison is about the average order, or about each order."""
        self.fact.is_per_row = True
        self.fact.head = self.fact.head or self.model.bought
        self.fact.chunks.append(chunk)

    def read_refusal(self, chunk: Chunk) -> None:
        """Read "refuses marketing" as a consent that is not given; otherwise it is unclear."""
        following = self.next()
        name = following if following is not None and following.kind == "name" else None
        code = self.code_of(name) if name is not None else self.fact.head
        if self.model.is_consent(code):
            self.read_not(chunk)
        else:
            self.read_unsayable(chunk)

    def lacks(self, values: Values, chunk: Chunk) -> bool:
        """Take `values` as products that a row does not have: "orders without shoes".

        Return whether they are. "Shoes not from Acme" are shoes of another brand.
        """
        denial, fact = self.denied, self.fact
        if denial is None or not self.model.names_products(values.attributes):
            return False
        if denial.what in self.grammar.lacking:
            rows = self.model.rows_of(fact.head or self.coming_head())
            fact.is_without = True
            if rows is None or self.model.products_of(rows) in (None, rows):
                return False
            is_absent = True
        elif fact.values and denial.kind == "not":
            if not self._is_origin(chunk):
                # "shoes not boots"
                self.denied = None
                self.close("but")
                self.denied = denial
                return False
            is_absent = False
        else:
            is_bare = denial.kind == "not" and denial.what not in self.grammar.none
            fact.is_origin = is_bare and self._is_origin(chunk)
            return False
        fact.fields.append(
            Field(tuple(values.attributes), chunk, denied=True, values=values, is_absent=is_absent)
        )
        fact.chunks.append(denial)
        self.denied = None
        return True

    def _is_origin(self, chunk: Chunk) -> bool:
        """Return whether a word stands between a denial and a value: "not from Acme"."""
        denial, texts = self.denied, chunk.what.texts
        if denial is None or not texts:
            return False
        words = chunk.start - denial.end + len(chunk.text.split()) - len(" ".join(texts).split())
        # "pas de chemises": an article by itself has no meaning.
        return words > int(self.grammar.has_partitive)
