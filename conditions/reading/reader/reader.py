"""Reads chunks into facts, from left to right: the values of each fact, and the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from conditions.language.types.parts import SALT
from conditions.reading.chunks.chunk import JOINS, Chunk
from conditions.reading.chunks.ranks import RankRead
from conditions.reading.facts.fact import Fact, Said, Unsaid, Values
from conditions.reading.languages.rank_words.model import FIGURES
from conditions.reading.languages.words import words_of
from conditions.reading.reader.clause_boundaries import SPELLINGS
from conditions.reading.reader.clauses import TURNS
from conditions.reading.reader.values import ValueReading
from conditions.reading.tree_building.ranks import SALES, complete_rank, rank_said
from conditions.reading.vocabulary.names import Name, Named

# The number of orders from which on customers are repeat customers.
REPEATED = 2
# The name of a draw for random shares without a name.
NO_NAME = "random"


class Reader(ValueReading):
    """Reads facts of several words, and words for their order or number."""

    def read(self) -> Said:
        """Return the facts with the words between them."""
        while self.place < len(self.chunks):
            chunk = self.chunks[self.place]
            self.place += 1
            was_set = self.is_set
            getattr(self, f"read_{chunk.kind}", self.read_unknown)(chunk)
            self.is_set = self.is_set and not was_set
        self.close()
        return self.said

    def read_draw(self, chunk: Chunk) -> None:
        """Read a random share: the first part of the named draw, or of the common draw."""
        quoted = (word.quoted for word in words_of(chunk.text))
        salt = next(filter(None, quoted), NO_NAME)
        code = self.model.random_part
        self.fact.chunks.append(chunk)
        if not code or not SALT.fullmatch(salt):
            self.fact.is_lost = True
            return
        part = {"salt": salt, "from": "0", "to": f"{chunk.what.normalize():f}"}
        self.stand(code, Values(((Named(code, part),),)), chunk)

    def read_rank(self, chunk: Chunk) -> None:
        """Read a place among others, or more than their average, and the words that complete it."""
        read: RankRead = chunk.what
        number = self.before("quantity")
        if number is not None and number.end == chunk.start:
            # "more than four times more orders than the average": the number belongs to the rank.
            self.read_unsayable(chunk)
            return
        if any(one.denied and self._is_deed_of(read, one.codes) for one in self.fact.fields):
            # "did not open more mails than average": the denial is of the rank, too.
            self.read_unsayable(chunk)
            return
        used = [chunk]
        deed = self._deed_of(read)
        other = self._deed_before(read) if deed else None
        if other is not None:
            # "clicked and opened more mails than average" compares both, or the last one.
            other.is_lost = True
            self.read_unsayable(chunk)
            return
        while (following := self.next()) is not None and following.kind != "name":
            more = complete_rank(read, following.kind, following.what, self.model)
            if more is None:
                break
            read = more
            used.append(following)
            self.place += 1
        following = self.next()
        if following is not None and self._is_deed_of(read, _codes_of(following)):
            # "the number of mails opened"
            deed = _codes_of(following)[0]
            used.append(following)
            self.place += 1
            following = self.next()
        self.fact.chunks += used
        is_next = following is not None and following.start == used[-1].end
        if is_next and self.is_rows(following):
            # "top 10 orders" are not customers.
            self.fact.is_lost = True
            return
        if read.lately is None and self.fact.is_time_alone and len(self.fact.when) == 1:
            # "in the last 90 days spent more than average"
            read = replace(read, lately=self.fact.when.pop())
        try:
            nodes = rank_said(replace(read, deed=deed), self.model)
        except Unsaid:
            self.fact.is_lost = True
            return
        text = " ".join(one.text for one in used)
        figure = read.figure or SALES
        code = figure if figure in self.model.attributes else FIGURES.get(figure, FIGURES[SALES])[0]
        if code in self.model.attributes and self.model.attributes[code].relation is not None:
            code = FIGURES[SALES][0]
        self.stand(code, Values(((Named(code, text),),), ways=tuple(nodes)), chunk)

    def _deed_of(self, read: RankRead) -> str:
        """Return the deed right before a rank by the number of rows that it happened to.

        "Clicked more mails than average" is about the mails that were clicked.
        """
        (*others, field) = self.fact.fields or (None,)
        if others or field is None or not field.is_open or field.denied:
            return ""
        if self.fact.quantities or self.fact.values or self.fact.when:
            return ""
        if not self._is_deed_of(read, field.codes):
            return ""
        self.fact = replace(self.fact, head="", fields=[], implied=False)
        return field.codes[0]

    def _deed_before(self, read: RankRead) -> Fact | None:
        """Return the fact before the current one where it is a bare verb: "clicked and"."""
        before = self.said[-2] if len(self.said) > 1 and self.said[-1] in JOINS else None
        if not isinstance(before, Fact) or len(before.fields) != 1:
            return None
        (field,) = before.fields
        is_more = before.quantities or before.values or before.when or not field.is_open
        is_verb = " " not in field.chunk.text and (before.implied or not before.head)
        is_bare = is_verb and not is_more and self._is_deed_of(read, field.codes)
        return before if is_bare else None

    def _is_deed_of(self, read: RankRead, codes: Sequence[str]) -> bool:
        """Return whether `codes` name a deed with the rows by whose number a rank is."""
        rows = self.model.rows_of(read.figure) if self.model.is_relation(read.figure) else None
        return (
            rows is not None and self.model.is_deed(codes) and rows is self.model.rows_of(codes[0])
        )

    def read_span(self, chunk: Chunk) -> None:
        """Read the clause of a row that lasts: "in VIP for at least 30 days"."""
        named, ways = chunk.what
        self.fact.chunks.append(chunk)
        if not ways:
            self.fact.is_lost = True
            return
        self.stand(named.attribute, Values(((named,),), ways=ways), chunk)

    def read_only(self, chunk: Chunk) -> None:
        following = self.next()
        if following is None or following.kind in {*TURNS, "close"}:
            # "women only", "2 orders only"; "bought shoes only" means that nothing else was bought.
            numbers = self.fact.quantities
            chooses = self.fact.values or self.fact.fields or self.fact.when
            if len(numbers) == 1 and not (numbers[0].op or chooses):
                numbers[0] = replace(numbers[0], op="is")
            elif not (self.fact.is_empty and (self.standing_before() or not self.said)):
                # "Only customers who ..." are those customers.
                self.read_unsayable(chunk)
            return
        is_value = following.kind == "value" and self.fact.is_empty
        # "only women" are women; "only shoes" after a purchase means that nothing else was bought.
        if not (is_value and self.standing_as(following.what)):
            self.read_unsayable(chunk)

    def read_afterwards(self, chunk: Chunk) -> None:
        """Read "since then", which no condition can express about another deed before."""
        if any(isinstance(one, Fact) and self._was_done(one) for one in self.said):
            self.read_unsayable(chunk)

    def read_again(self, chunk: Chunk) -> None:
        """Read "again", which no condition can express; a repeated deed was done."""
        self.unread.append(chunk)
        if self.denied is not None or self.fact.denied:
            # "never ordered again": this implies that they have ordered once.
            self.fact.is_lost = True

    def read_back(self, chunk: Chunk) -> None:
        """Read "come back" as another purchase."""
        if not self.model.bought or self.is_rows(self.next()):
            self.read_unsayable(chunk)
            return
        self.read_name(replace(chunk, kind="name", what=(Name(self.model.bought, done=True),)))
        self.fact.is_back = True

    def read_repeat(self, chunk: Chunk) -> None:
        """Read "repeat customers" as those with at least two orders."""
        orders = self.model.counted.get(self.model.bought)
        if orders is None:
            self.read_unknown(replace(chunk, kind="unknown"))
            return
        self.fact.chunks.append(chunk)
        way = {"attribute": orders.code, "operator": "gte", "value": REPEATED}
        values = Values(((Named(orders.code, chunk.text),),), ways=(way,))
        self.stand(orders.code, values, chunk)

    def read_then(self, chunk: Chunk) -> None:
        """Read "then" in a sentence that `events.order` has not read as an order of events.

        Mark it as not understood where one of the facts is a deed: together they have no order.
        """
        following = self.next()
        if self._was_done(self.fact) and following is not None and following.kind not in TURNS:
            # "bought shoes then coffee"
            self.close("and")
        done = [one for one in (*self.said, self.fact) if isinstance(one, Fact)]
        if any(map(self._was_done, done)):
            self.read_unsayable(chunk)

    def _was_done(self, fact: Fact) -> bool:
        """Return whether `fact` is about a deed, or may be, since the fact is not understood."""
        products = any(self.model.is_product(one.attributes) for one in fact.values)
        head = fact.head
        # "Registered and then ordered"
        is_dated = head in self.model.attributes and self.model.is_timed(head)
        return fact.is_lost or products or is_dated or self.model.rows_of(head) is not None

    def read_foremost(self, chunk: Chunk) -> None:
        """Read "first" beside an attribute that is the first of its choices that fits."""
        before = [one.head for one in self.said[-2:] if isinstance(one, Fact)]
        heads = (self.fact.head, self.coming_head(), *before)
        named = (self.model.attributes.get(one) for one in heads)
        if not any(one is not None and one.is_first_that_fits for one in named):
            self.read_unknown(replace(chunk, kind="unknown"))

    def read_unknown(self, chunk: Chunk) -> None:
        if self.is_foreign(chunk):
            self.read_unsayable(chunk)
            return
        on = self.open_field()
        if chunk.kind == "unknown" and on is not None and self.model.is_text(on.codes):
            following = self.next(skip=("not",))
            if not on.spelled and following is not None and following.kind in SPELLINGS:
                # In German the word for a part of a text stands after it: "gmail enthält".
                on.spelled = following.kind
                self.chunks.remove(following)
                self.fact.chunks.append(following)
            if on.spelled or self.model.takes_words(self.text_of(on)):
                self.write(on, chunk)
                return
        self.fact.is_broken = True
        before = self.before("quantity")
        is_next = before is not None and before.end == chunk.start and before.what.unit == ""
        counts = before is not None and before.what.unit == "times"
        if counts or is_next or chunk.text[:1].isdigit():
            # "at least twice foo", "3 foos": what is counted, or compared, is unknown.
            self.read_unsayable(chunk)
        else:
            self.unread.append(chunk)


def _codes_of(chunk: Chunk) -> list[str]:
    """Return the attributes and relations that `chunk` names."""
    return [one.code for one in chunk.what] if chunk.kind == "name" else []
