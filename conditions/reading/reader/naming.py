"""Reading of names: the subject of a fact, and its attributes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from conditions.reading.chunks.chunk import Chunk
from conditions.reading.facts.fact import Field, Values
from conditions.reading.languages.words import key_of, plain
from conditions.reading.reader.clauses import TURNS
from conditions.reading.reader.subjects import Subjects
from conditions.reading.tree_building.habits import ENDS
from conditions.reading.vocabulary.names import Name

# Participles of what became of an order, in each language.
_WHAT_BECAME = re.compile(
    "returned|(?:sent|gave|given) back|refunded|zuruckge(?:schickt|geben|sendet)|retourniert"
    "|(?:retourne|renvoye|rembourse|rendu)(?:e|s|es)?"
)


class Naming(Subjects):
    """Reads names, and the words for how many of the named rows satisfy a condition."""

    def read_name(self, chunk: Chunk) -> None:
        code = self.code_of(chunk)
        if self._is_other_choice(chunk):
            self.read_unsayable(chunk)
        elif self.model.is_head(code):
            self._head(code, chunk)
        else:
            self._field(chunk)

    def _lack_rows(self, names: Sequence[Name]) -> None:
        """Read "without a coupon on an order" as no order with one."""
        denial = self.denied
        if denial is None:
            if not (self.verb_last or any(name.done for name in names)):
                self._lack_whole()
        elif denial.what in self.grammar.none and self._reads_as_lacking(none=True):
            # French denies twice what it denies once: "sans bon sur aucune commande".
            self._lack_whole(none=True)
            self.fact.chunks.append(denial)
            self.denied = None

    def _reads_as_lacking(self, *, none: bool = False) -> bool:
        """Return whether the fact so far consists of attributes that rows lack: "without a coupon".

        So does a denied deed: "not opened". `none`: "no coupon" counts, too.
        """
        fact = self.fact
        is_more = fact.head or fact.quantities or fact.values or fact.when or fact.denied
        is_none = none and fact.of_each
        each = all(
            one.denied and (one.is_without or is_none or self.model.is_deed(one.codes))
            for one in fact.fields
        )
        return bool(fact.fields) and not is_more and each

    def _lack_whole(self, *, none: bool = False) -> None:
        """Move the denial from attributes to the rows named next: none of the rows has them."""
        if self._reads_as_lacking(none=none):
            for one in self.fact.fields:
                one.denied = False
            self.fact.denied = True

    def _head(self, code: str, chunk: Chunk) -> None:
        if self._is_said_already(code):
            return
        names = [name for name in chunk.what if name.code == code]
        following = self.next(skip=("value",))
        is_timed = following is not None and following.kind in {"period", "length"}
        if any(name.is_new for name in names) and not (is_timed and self.fact.is_empty):
            # "new customers": since when they are new is unclear.
            self.read_unsayable(chunk)
            return
        if self.model.is_relation(code):
            self._lack_rows(names)
        if self.fact.head and self.fact.head != code:
            merged = self.model.merged(self.fact.head, code)
            if not merged and self._is_day_alone() and self.model.rows_of(code) is not None:
                # "last order was refunded": no condition can express what happened to that order.
                self.read_unsayable(chunk)
                return
            if not merged and self._is_deed_of_rows(code, chunk):
                # "an order over 100 returned last week": nobody knows what was returned.
                self.read_unsayable(chunk)
                return
            if not merged and self._is_after_choice():
                # "orders in status refunded": the name is no value of the status.
                self.read_unsayable(chunk)
                return
            is_counted = self.before("quantity") is not None
            if merged and not (is_counted and len(self.fact.quantities) > 1):
                self.fact.head = merged
                self.fact.chunks.append(chunk)
                self.deny(self.fact)
                return
            # The number that stands right before a second head is its own.
            moved = [self.fact.quantities.pop()] if is_counted and self.fact.quantities else []
            moved_chunks = [one for one in (self.before("quantity"),) if one and moved]
            self.fact.chunks = [one for one in self.fact.chunks if one not in moved_chunks]
            self.close("and")
            self.fact.quantities += moved
            self.fact.chunks += moved_chunks
        fact = self.fact
        fact.head = code
        # In "leurs trois dernières commandes" the word is no participle.
        habit = self.before("habit")
        is_noun = habit is not None and habit.what.kind in ENDS
        fact.verb = not is_noun and any(name.done for name in chunk.what if name.code == code)
        others = self.model.other_heads([name.code for name in chunk.what], code)
        if "_".join(key_of(chunk.text)) == code:
            # "No newsletter" are the rows of that name, no other rows.
            others = tuple(one for one in others if not self.model.is_relation(one))
        fact.others = others
        fact.chunks.append(chunk)
        self.deny(fact)

    def _is_day_alone(self) -> bool:
        """Return whether only the day of the first or last row is named: "last order"."""
        fact = self.fact
        is_bare = not (fact.when or fact.quantities or fact.values or fact.fields)
        return is_bare and self.model.is_day_of_row(fact.head)

    def _is_deed_of_rows(self, code: str, chunk: Chunk) -> bool:
        """Return whether a name beside rows says what became of them, or which they are.

        So does a participle beside orders that are counted or compared: "2 orders returned",
        "returned 2 orders".
        """
        bought, first = self.model.bought, next(iter(self.fact.chunks), chunk)
        deed = first if code == bought else chunk
        rows = self.model.rows_of(self.fact.head if code == bought else code)
        is_pair = bought in (self.fact.head, code) and rows is not None and bought in rows.inside
        is_chosen = self.fact.quantities or self.fact.values or self.fact.when
        # In French, "commande" is a noun, too.
        nouns = [name for one in self.fact.chunks if one.kind == "name" for name in one.what]
        is_noun = not self.fact.denied and any(
            not name.done for name in nouns if name.code == self.fact.head
        )
        is_deed = _WHAT_BECAME.fullmatch(plain(deed.text)) is not None
        return bool(is_pair and is_noun and is_deed and is_chosen)

    def _is_other_choice(self, chunk: Chunk) -> bool:
        """Return whether a value right before a noun is none of the values that the noun names.

        An "Austrian website" is a website, not a country: the value is withdrawn.
        """
        value, standing, following = self.before("value"), self.standing_before(), self.next()
        codes = [name.code for name in chunk.what]
        if value is None or standing is None or value not in standing.chunks:
            return False
        is_choice = not any(map(self.model.is_relation, codes)) and self.model.has_choices(codes)
        if value.end != chunk.start or not is_choice or self._fits(codes, standing.values):
            return False
        # "women country Germany", "women country: Germany"
        is_value = following is not None and following.kind == "value"
        if following is not None and is_value and self._fits(codes, [following.what]):
            return False
        if following is not None and following.kind == "sets":
            return False
        del self.said[-2:]
        self.fact.chunks += standing.chunks
        return True

    def _fits(self, codes: Sequence[str], values: Sequence[Values]) -> bool:
        """Return whether the last of `values` are values of one of `codes`."""
        return bool(values) and self.model.fits(codes, values[-1].attributes)

    def _is_after_choice(self) -> bool:
        """Return whether an attribute with choices stands right before, without a comparison."""
        on, before = self.open_field(), self.before("name")
        is_next = on is not None and on.chunk is before
        return is_next and on is not None and self.model.has_choices(on.codes)

    def _denies_deed(self) -> bool:
        """Return whether the denial belongs to a verb at the end: "nie mit Gutschein bestellt"."""
        if self.denied is None or not self.verb_last or not self.coming_head():
            return False
        return self.denied.what not in self.grammar.lacking | self.grammar.none

    def _is_said_already(self, code: str) -> bool:
        """Return whether a value before implies the name: "gold level", "an @x.org address"."""
        is_email = any(self.model.is_address(one.codes) for one in self.fact.fields)
        if is_email and self.model.is_of_customer(code):
            return True
        before = self.standing_before() if self.fact.is_empty else None
        if before is None or code not in before.values[0].attributes:
            return False
        before.head = code
        return True

    def _field(self, chunk: Chunk) -> None:
        codes = (name.code for name in chunk.what if name.code in self.model.attributes)
        one = Field(tuple(codes), chunk)
        if not self._denies_deed():
            self.deny(one)
        fact, value, standing = self.fact, self.before("value"), self.standing_before()
        choice = self.open_field()
        if choice is not None and choice.denied and self._is_after_choice():
            # "not paid with a coupon": the denial is not of the choice alone.
            self.read_unsayable(chunk)
            return
        number = fact.quantities[-1] if self.before("quantity") and fact.quantities else None
        if number is not None and number.unit == "money" and not self.model.has_amount(one.codes):
            # "over 100 euros apiece": money counts no pieces.
            self.read_unsayable(chunk)
            return
        if number is not None and not (number.unit or self.model.counts(one.codes)):
            last = self.before("quantity")
            if last is not None and last.end == chunk.start:
                # "used more than two coupons": no condition counts an attribute that is no number.
                self.read_unsayable(chunk)
                return
        if number is not None and self.model.counts(one.codes):
            # The number stands before the attribute that it counts: "more than 3 lines".
            one.quantity = fact.quantities.pop()
        elif (
            value
            and standing
            and value in standing.chunks
            and self._fits(one.codes, standing.values)
        ):
            # "to Berlin delivered": the city is the destination of the delivery.
            one.values = standing.values[0]
            one.denied = one.denied != standing.denied
            del self.said[-2:]
            fact.chunks += standing.chunks
        elif value and self._fits(one.codes, fact.values):
            # A value before the name belongs to it, too: "the SAVE10 coupon".
            one.values = fact.values.pop()
        elif self._has_time_before(one):
            # "in the last 30 days opened 3 mails": opened, not got, in these days.
            one.when = fact.when.pop()
        fact.fields.append(one)
        fact.chunks.append(chunk)

    def _has_time_before(self, one: Field) -> bool:
        """Return whether the clause begins with a time, before the rows that the deed is of."""
        times = [each for each in self.fact.chunks if each.kind in {"length", "period"}]
        names = [each for each in self.fact.chunks if each.kind == "name"]
        is_single = len(times) == 1 and len(self.fact.when) == 1
        is_first = is_single and all(each.start > times[0].start for each in names)
        return is_first and self.model.is_deed(one.codes)

    def read_not(self, chunk: Chunk) -> None:
        following = self.next()
        if self.fact.head and following is not None and self.is_head(following):
            self.close("and")
        if self.fact.is_excepted and not self.fact.head and self.fact.values:
            # "except shoes nothing was bought"
            self.read_unsayable(chunk)
        elif self.denied is None:
            self.denied = chunk
        else:
            # "never without a coupon", "never never": which of the two denials is meant is unclear.
            self.fact.is_lost = True
            self.fact.chunks += [self.denied, chunk]
            self.denied = None

    def read_never(self, chunk: Chunk) -> None:
        following = self.next()
        if chunk.what in self.grammar.at_all and self._is_passing(following):
            # "Not at all subscribed" is about today.
            self.read_not(replace(chunk, kind="not"))
            return
        is_last = following is None or following.kind in {*TURNS, "close"}
        if not is_last and self.fact.head and (self.fact.quantities or self.fact.verb):
            # "4 orders without ever having used a coupon": the sentence has two facts.
            self.close("and")
            self.fact.denied = True
            self.fact.chunks.append(chunk)
        else:
            self.read_not(chunk)

    def _is_passing(self, chunk: Chunk | None) -> bool:
        """Return whether `chunk` is a value that another value may replace later."""
        codes = chunk.what.attributes[:1] if chunk is not None and chunk.kind == "value" else ()
        return any(self.model.comes_after(code) for code in codes)

    def read_biggest(self, chunk: Chunk) -> None:
        if self._is_of_several():
            # "the five biggest orders" are not customers.
            self.read_unsayable(chunk)
            return
        self.fact.extreme = "max"
        self.fact.chunks.append(chunk)

    def _is_of_several(self) -> bool:
        """Return whether a bare number stands right before the chunk that is read."""
        number = self.before("quantity")
        return number is not None and not (number.what.op or number.what.unit)

    def read_smallest(self, chunk: Chunk) -> None:
        if self._is_of_several():
            self.read_unsayable(chunk)
            return
        self.fact.extreme = "min"
        self.fact.chunks.append(chunk)

    def read_average(self, chunk: Chunk) -> None:
        self.fact.on_average = True
        self.fact.chunks.append(chunk)

    def read_total(self, chunk: Chunk) -> None:
        self.fact.is_total = True
        following = self.next()
        if following is not None and following.kind == "quantity":
            # "in total more than 3 orders" is a count, "in total more than 100" a sum.
            counted = self.chunks[self.place + 1 : self.place + 2]
            is_sum = not (counted and self.is_rows(counted[0]))
            unit = following.what.unit
        else:
            is_sum = bool(self.fact.quantities)
            unit = self.fact.quantities[-1].unit if is_sum else ""
        self.fact.sums = is_sum and unit in {"", "money", "worth"}

    def read_sum(self, chunk: Chunk) -> None:
        """Read "the sum of all orders", which is a total of amounts."""
        self.read_total(chunk)
        self.fact.sums = True

    def read_together(self, chunk: Chunk) -> None:
        self.fact.together = True
        self.fact.head = self.fact.head or self.model.bought
        self.fact.chunks.append(chunk)
