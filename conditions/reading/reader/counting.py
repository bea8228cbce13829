"""Reads numbers and times: how often, how much, when, and multiples of another figure."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from itertools import takewhile

from conditions.reading.chunks.chunk import Chunk, Quantity
from conditions.reading.facts.fact import Fact, Field, Values
from conditions.reading.reader.clauses import TURNS
from conditions.reading.reader.naming import Naming
from conditions.reading.vocabulary.names import Named

# Units of a number that may be the price of a product.
PRICES = {"", "money"}
PIECES = {"pieces", "products"}
SHARES = {"times": Decimal(1), "percent": Decimal(100)}


class Counting(Naming):
    """Reads numbers, lengths of time and periods, and for how many rows something holds."""

    # Whether an equals sign or a colon stands before the chunk that is read.
    is_set = False

    def read_sets(self, chunk: Chunk) -> None:
        self.is_set = True

    def read_quantity(self, chunk: Chunk) -> None:
        quantity: Quantity = chunk.what
        if self._is_price_of_product(chunk):
            # "an item over 50 in the cart" is neither a number of carts nor the cart's amount.
            self.read_unsayable(chunk)
            return
        self.fact.chunks.append(chunk)
        if self._is_share(quantity):
            return
        on = self.open_field()
        if on is not None and self.model.counts(on.codes) and quantity.unit != "times":
            on.quantity = quantity
            return
        texts = re.findall(r"\d+", chunk.text)
        if on is not None and texts and (on.spelled or self.model.takes_words(on.codes[0])):
            if quantity.op not in {"", "is", "is_one_of"}:
                # "post code between 10000 and 19999": texts are not compared as numbers.
                self.read_unsayable(chunk)
                return
            # A post code or an SKU: compare the text as it is written, not its numeric value.
            each = tuple((Named(on.codes[0], text),) for text in texts)
            on.values = Values(each, "or" if len(each) > 1 else "", literal=True)
            return
        if not self.fact.head:
            self.deny(self.fact)
        named = self.fact.head and not self.fact.verb
        if quantity.unit == "worth" and not named and self._is_noun(self.next(skip=("value",))):
            # "a total of 5 orders" counts orders; "a cart of at least 50 abandoned" compares its
            # amount.
            quantity = replace(quantity, unit="times")
        if not quantity.unit and self._is_of_products(chunk):
            quantity = replace(quantity, unit="products")
        elif not quantity.unit and self._is_how_many(chunk):
            quantity = replace(quantity, unit="times")
        self.fact.quantities.append(quantity)

    def read_single(self, chunk: Chunk) -> None:
        """Read "a single order" as exactly one order."""
        is_compared = self.before("comparison") or self.before("compared")
        if is_compared or not self.is_rows(self.next(skip=("value",))):
            # "at least a single order", "a single product"
            self.read_unsayable(chunk)
            return
        self.fact.chunks.append(chunk)
        self.fact.quantities.append(Quantity("is", (Decimal(1),), "times"))

    def read_sole(self, chunk: Chunk) -> None:
        """Read "their single order", which no condition can express."""
        self.read_unsayable(chunk)

    def _is_share(self, quantity: Quantity) -> bool:
        """Compare a figure with another that is named next: "more than 2 times the average"."""
        following = self.next()
        if following is None or following.kind != "name" or quantity.unit not in SHARES:
            return False
        against, figure = self.code_of(following), self.model.summed(self.fact.head)
        if self.open_field() or not quantity.op or not self.model.comparable(figure, against):
            return False
        self.place += 1
        self.fact.chunks.append(following)
        self.fact.head = figure
        times = quantity.numbers[0] / SHARES[quantity.unit]
        self.fact.against = (against, times)
        self.fact.quantities.append(Quantity(quantity.op, (times,), "against"))
        return True

    def _is_noun(self, chunk: Chunk | None) -> bool:
        """Return whether `chunk` names rows, not what customers do: "orders", not "ordered"."""
        return chunk is not None and self.is_rows(chunk) and not any(one.done for one in chunk.what)

    def _is_of_products(self, chunk: Chunk) -> bool:
        """Return whether a number stands right before the products that it counts: "3 shoes"."""
        following = self.next()
        is_next = following is not None and following.start == chunk.end
        if not is_next or following is None or following.kind != "value":
            return False
        is_product = self.model.names_products(following.what.attributes)
        return is_product and not self._is_noun(self.next(skip=("value",)))

    def _is_how_many(self, chunk: Chunk) -> bool:
        """Return whether a number counts rows: "5 orders", "orders >= 4".

        In "orders over 5" the number is an amount, as in "a cart over 100 abandoned yesterday".
        """
        if self.model.is_counted(self.fact.head) and (self.is_set or self._is_sign(chunk)):
            return True
        following = self.next(skip=("value",))
        if following is None or not self.is_rows(following):
            return False
        is_of_noun_before = self.fact.head and not self.fact.verb and chunk.what.op
        is_participle = any(one.done for one in following.what)
        is_same = self.code_of(following) == self.fact.head
        return not (is_of_noun_before and (is_participle or is_same))

    def _is_price_of_product(self, chunk: Chunk) -> bool:
        """Return whether a bound stands right after "items" or "at least one item"."""
        before = self.before("quantity")
        is_counted = before is not None and before.end == chunk.start and before.what.unit in PIECES
        is_bound = chunk.what.op and chunk.what.unit in PRICES and not self._is_sign(chunk)
        return bool(is_bound and (is_counted or chunk.start in self.after_pieces))

    def _is_sign(self, chunk: Chunk) -> bool:
        return chunk.text[:1] in set("<>=≤≥≠")

    def read_every(self, chunk: Chunk) -> None:
        before = self.before("name")
        if self._is_everyone():
            # "all ordered shoes": "all" refers to the customers.
            return
        if self.fact.is_total and self.is_rows(self.next()):
            # "the sum of all orders"
            return
        if self.is_rows(self.next()) or (before and self.is_rows(before) and not self.fact.verb):
            # "every order", "whose orders all"; in "all viewed shoes", "all" may refer to
            # customers.
            self.read_always(chunk)
            self.fact.may_be_everyone = self._is_first() and self._may_be_deed(self.next())
        elif self.fact.is_empty and self._is_state_next():
            # "all canceled"
            self.read_always(chunk)
        elif self.fact.is_empty and self._is_of_rows_before():
            # "5 orders, all over 100"
            self.fact.of_each = True
            self.read_always(chunk)
        elif self.fact.is_empty and self._is_field_next(chunk):
            # "all shipped to Berlin": all orders, or all customers who have one.
            self.read_always(chunk)
            self.fact.may_be_everyone = self._is_first()
        elif not self.fact.is_empty:
            # "over 100 each", "in each of the last 3 months"
            self.read_unsayable(chunk)

    def _is_everyone(self) -> bool:
        """Return whether a verb stands next, and no rows stand before that "all" may refer to."""
        following = self.next()
        if following is None or not self.is_rows(following) or self.denied is not None:
            return False
        facts = [one for one in self.said if isinstance(one, Fact)]
        if not self.fact.is_empty or any(self.model.is_relation(one.head) for one in facts):
            return False
        return following.start in self.after_finite or all(one.done for one in following.what)

    def _is_first(self) -> bool:
        """Return whether no fact has been read yet."""
        return not self.said and self.fact.is_empty and self.denied is None

    def _may_be_deed(self, chunk: Chunk | None) -> bool:
        """Return whether `chunk` names rows by a word that is both a noun and a verb: "viewed"."""
        rows = self.model.rows_of(self.code_of(chunk)) if chunk is not None else None
        return rows is not None and rows.buying != "bought" and chunk is not self.before("name")

    def _is_field_next(self, chunk: Chunk) -> bool:
        """Return whether an attribute of rows is named right after `chunk`: not "all customers"."""
        following = self.next(skip=("value", "later") if self.verb_last else ())
        if following is None or following.kind != "name":
            return False
        if following.start != chunk.end and not self.verb_last:
            return False
        codes = [name.code for name in following.what]
        return not self.is_head(following) and bool(self.model.implied([codes]))

    def _is_of_rows_before(self) -> bool:
        """Return whether a number or time stands next, and the clause before named rows."""
        following = self.next()
        joins = set(takewhile(lambda one: isinstance(one, str), reversed(self.said)))
        is_joined = bool(joins) and joins <= {"comma", "and", "who", "but"}
        facts = (one for one in reversed(self.said) if isinstance(one, Fact))
        before = next(facts, None) if is_joined else None
        if following is None or not isinstance(before, Fact):
            return False
        is_field = following.kind == "name" and not self.is_head(following)
        is_said = is_field or following.kind in {"quantity", "length", "period"}
        return is_said and self.model.is_relation(before.head)

    def _is_state_next(self) -> bool:
        following = self.next()
        return following is not None and following.kind == "value" and self.is_state(following)

    def is_state(self, chunk: Chunk) -> bool:
        """Return whether a value belongs to rows, and neither to customers nor to products."""
        codes = chunk.what.attributes
        is_of_rows = bool(codes) and not self.model.standing(codes, "", "")
        return is_of_rows and not self.model.names_products(codes)

    def read_always(self, chunk: Chunk) -> None:
        if self.fact.head:
            # "ne commandent pas toujours": the denial is of "each time".
            self.deny(self.fact)
        self.fact.every = True
        self.fact.chunks.append(chunk)

    def read_compared(self, chunk: Chunk) -> None:
        """Read a comparison that stands after the number: "3 orders or more"."""
        bare = [n for n, one in enumerate(self.fact.quantities) if not one.op]
        if bare:
            at = bare[-1]
            self.fact.quantities[at] = replace(self.fact.quantities[at], op=str(chunk.what))
            self.fact.chunks.append(chunk)
        else:
            self.unread.append(chunk)

    def read_time(self, chunk: Chunk) -> None:
        on = self.open_field() or self._open_deed()
        self.fact.chunks.append(chunk)
        if on is not None and self.model.is_timed(on.codes[0]):
            on.when = chunk.what
        else:
            self.fact.when.append(chunk.what)

    read_length = read_period = read_time

    def _open_deed(self) -> Field | None:
        """Return the deed whose time may stand after a value: "opened the campaign in 2025"."""
        open_fields = (one for one in self.fact.fields if one.is_open and not one.denied)
        return next((one for one in open_fields if self.model.is_deed(one.codes)), None)

    def read_habit(self, chunk: Chunk) -> None:
        self.fact.chunks.append(chunk)
        self.fact.is_lost |= self.fact.habit is not None
        self.fact.habit = chunk.what

    def read_stopped(self, chunk: Chunk) -> None:
        """Read "then stopped" after "every month for 3 months"."""
        habit = self.fact.habit
        if habit is None or habit.kind not in {"run", "row"}:
            self.read_unsayable(chunk)
            return
        self.fact.chunks.append(chunk)
        self.fact.habit = replace(habit, kind="stopped")

    def read_earlier(self, chunk: Chunk) -> None:
        """Read "before" and "after" between two days: "last login before last order"."""
        following = self.next()
        if self.before("length") and (following is None or following.kind in TURNS):
            # "but not in the 60 days before": before what stands elsewhere in the sentence.
            self.read_unsayable(chunk)
            return
        if following is not None and following.kind == "value" and self._is_product(following):
            # "ordered shoes before boots": no condition can express in which order.
            if any(self.model.is_product(one.attributes) for one in self.fact.values):
                self.read_unsayable(chunk)
            return
        if following is None or following.kind in {*TURNS, "close", "value"}:
            # "never ordered before", "nach Berlin geliefert"
            is_place = following is not None and following.kind == "value"
            if following is not None and is_place and not self._is_place(following):
                # "ordered after they unsubscribed": no condition can express which came first.
                self.unread.append(chunk)
                return
            times = any(isinstance(one, Fact) and one.when for one in self.said)
            is_affirmed = times and not self.fact.denied and self.denied is None
            if not is_place and (chunk.kind == "later" or is_affirmed):
                # "not logged in since 2025 but ordered after": it is unclear after what.
                self.read_unsayable(chunk)
            return
        if following.kind == "name":
            code = self.code_of(following)
            if self.model.comparable_days(self.fact.head, code) and not self.fact.when:
                self.place += 1
                self.fact.chunks += [chunk, following]
                self.fact.against = (code, Decimal(1))
                op = "before" if chunk.kind == "earlier" else "after"
                self.fact.quantities.append(Quantity(op, (Decimal(1),), "against"))
                return
            # "ordered before last login": the day belongs to the comparison, not to a fact of its
            # own.
            self.place += 1
            self.fact.chunks.append(following)
        if following.kind == "unknown":
            self.unread.append(chunk)
        else:
            self.read_unsayable(chunk)

    read_later = read_earlier

    def _is_place(self, chunk: Chunk) -> bool:
        relations = (self.model.attributes[one].relation for one in chunk.what.attributes)
        return any(one is not None and self.model.is_of_customer(one) for one in relations)

    def _is_product(self, chunk: Chunk) -> bool:
        return self.model.is_product(chunk.what.attributes)
