"""Reading of values, and of words as they are written."""

from __future__ import annotations

from babel.numbers import is_currency

from conditions.language.types import SEGMENT
from conditions.reading.chunks.chunk import Chunk
from conditions.reading.facts.fact import Fact, Field, Values
from conditions.reading.reader.references import References
from conditions.reading.vocabulary.names import Named


class ValueReading(References):
    """Reads values: of the field before, of the rows, or as a fact about the customer."""

    def read_value(self, chunk: Chunk) -> None:
        if self.is_foreign(chunk):
            self.read_unsayable(chunk)
            return
        values: Values = chunk.what
        on = self.open_field()
        if on is None and self._is_state_of_people(chunk):
            self.fact.is_broken = True
            self.unread.append(chunk)
            return
        self.fact.chunks.append(chunk)
        if (
            self._is_no_choice(values, chunk)
            or self._is_compound(values, chunk)
            or self._is_segment_of_rows(values, chunk)
        ):
            self.fact.is_lost = True
            return
        if on is not None and self.model.fits(on.codes, values.attributes):
            on.values = values
            # "delivered not to Germany"
            self.deny(on)
        elif on is not None and on.spelled and self.model.is_text(on.codes):
            code = self.text_of(on)
            each = tuple((Named(code, text),) for text in values.texts)
            on.values = Values(each, values.join, literal=True)
        elif self.fact.head in values.attributes and self.fact.head in self.model.attributes:
            self.deny(self.fact)
            self.fact.values.append(values)
        elif on is not None and self.model.takes_words(on.codes[0]):
            each = tuple((Named(on.codes[0], text),) for text in values.texts)
            on.values = Values(each, values.join, literal=True)
        elif attribute := self.standing_as(values):
            if self._is_bare_name(attribute):
                self.fact.chunks.remove(chunk)
                self.fact.is_broken = True
                self.unread.append(chunk)
                return
            self.stand(attribute, values, chunk)
        elif not self.lacks(values, chunk):
            self.deny(self.fact)
            self.fact.values.append(values)

    def _is_state_of_people(self, chunk: Chunk) -> bool:
        """Return whether a state describes customers: "new VIPs" need not have new orders."""
        following = self.next()
        is_next = following is not None and following.start == chunk.end
        if following is None or not is_next or not self.fact.is_empty or not self.is_state(chunk):
            return False
        codes = following.what.attributes if following.kind == "value" else ()
        noun = self.next(skip=("value",))
        is_noun = noun is not None and noun.kind == "name" and self.is_rows(noun)
        return bool(codes) and bool(self.model.standing(codes, "", "")) and not is_noun

    def _is_no_choice(self, values: Values, chunk: Chunk) -> bool:
        """Return whether the noun right before has other values: "website Austria"."""
        before = self.chunks[self.place - (3 if self.is_set else 2)] if self.place > 1 else None
        is_near = before is not None and before.end + self.is_set == chunk.start
        if before is None or before.kind != "name" or not is_near:
            return False
        if self.code_of(before) != self.fact.head:
            return False
        has_choices = not self.is_rows(before) and self.model.has_choices([self.fact.head])
        return has_choices and not self.model.fits([self.fact.head], values.attributes)

    def _is_compound(self, values: Values, chunk: Chunk) -> bool:
        """Return whether a product and another attribute of an order make one noun: "gift card"."""
        before = self.before("value")
        if before is None or before.end != chunk.start or chunk.end - chunk.start > 1:
            # "bought gifts by card": a word joins the value, so the two are no compound.
            return False
        both = [before.what.attributes, values.attributes]
        others = [codes for codes in both if not self.model.names_products(codes)]
        return len(others) == 1 and not self.model.standing(others[0], "", "")

    def _is_segment_of_rows(self, values: Values, chunk: Chunk) -> bool:
        """Return whether rows that customers only get seem to be a segment's: "mails of VIP".

        The mails of a sequence that has the name of its segment are meant, or those of members.
        """
        before = self.chunks[self.place - 2] if self.place > 1 else None
        codes: list[str] = []
        if before is not None and before.kind == "name":
            codes = [name.code for name in before.what]
        elif before is not None and before.kind == "value":
            codes = before.what.attributes
        rows = next(filter(None, map(self.model.rows_of, codes)), None)
        if before is None or rows is None or before.end + 1 != chunk.start:
            return False
        standing = self.model.attributes.get(self.standing_as(values))
        is_segment = standing is not None and standing.type is SEGMENT
        return is_segment and not (rows.buying or rows.of_customer)

    def _is_bare_name(self, attribute: str) -> bool:
        """Return whether a value names rows that nobody mentions: "women Summer".

        A campaign may have the name of anything. Its mails need a word: "got Summer". A name by
        itself may be an event: "ordered after Summer".
        """
        if len(self.chunks) == 1:
            return False
        rows = self.model.rows_of(attribute)
        if rows is None or rows.buying or not self.model.is_open_choice(attribute):
            return False
        codes = [each.code for one in self.chunks if one.kind == "name" for each in one.what]
        return not self.clauses_of_receipt and rows not in map(self.model.rows_of, codes)

    def is_foreign(self, chunk: Chunk) -> bool:
        """Return whether `chunk` is a foreign currency after an amount: "100 USD"."""
        before = self.before("quantity")
        is_next = before is not None and before.end == chunk.start
        return is_next and is_currency(chunk.text.upper())

    def standing_as(self, values: Values) -> str:
        """Return the attribute under which `values` describe customers; empty if there is none."""
        standing, head = self.model.standing, self.fact.head
        if self._is_never() and self.model.names_products(values.attributes):
            # "bought shoes, never Women": a gender that customers never had makes no sense.
            return ""
        if self.verb_last:
            return standing(values.attributes, head, self.coming_head())
        found = standing(values.attributes, head, "")
        if found and not head and self.model.attributes[found].relation is not None:
            return standing(values.attributes, "", self.coming_head())
        return found

    def _is_never(self) -> bool:
        return self.denied is not None and self.denied.kind == "never" and self.fact.is_empty

    def stand(self, attribute: str, values: Values, chunk: Chunk) -> None:
        """Add a fact of its own for a value that describes the customer by itself."""
        if not self.fact.head and self.model.has_time(attribute):
            # The words after it may state since when.
            self.fact.head = attribute
            self.fact.values.append(values)
            self.deny(self.fact)
            return
        did = any(isinstance(one, Fact) and one.verb for one in self.said)
        if self._is_never() and did and self.model.attributes[attribute].relation is None:
            # "bought shoes, but never ladies": "never" is about what was bought.
            self.fact.is_broken = True
            return
        own = Fact(head=attribute, values=[values], chunks=[chunk], is_standing=True)
        own.apart, own.joined_by = self.fact.apart, list(self.fact.joined_by)
        own.is_lost, own.is_inside = self._hangs_on_unread(), chunk.start in self.at_place
        own.is_noun = chunk.start in self.nouns_first
        own.is_stated = chunk.start in self.clauses_of_state
        own.is_outside = self.denied is not None and self.denied.what in self.grammar.outside
        if self.fact.chunks[:1] and self.fact.chunks[0].kind == "unless":
            own.chunks.insert(0, self.fact.chunks.pop(0))
        self.fact.chunks.remove(chunk)
        if self.denied is None and self.fact.is_empty:
            own.denied, self.fact.denied = self.fact.denied, False
        self.deny(own, own)
        # It belongs to the same thought as the words around it.
        self.said += [own, "with"]

    def _hangs_on_unread(self) -> bool:
        """Return whether an unread word right before a value changes what the value means."""
        if self.fact.is_lost and any(one.kind in {"if", "unless"} for one in self.fact.chunks):
            return True
        denial = self.denied
        if denial is None or not self.fact.is_broken or not self.unread:
            return False
        # "don't speak French"; in French the verb stands before.
        last = self.unread[-1]
        return last.start >= denial.end or (self.grammar.has_partitive and last.end == denial.start)

    def read_spelling(self, chunk: Chunk) -> None:
        on = self.open_field()
        if on is not None:
            on.spelled = chunk.kind
            self.fact.chunks.append(chunk)

    read_starts_with = read_ends_with = read_contains = read_spelling

    def read_literal(self, chunk: Chunk) -> None:
        text = str(chunk.what)
        on = self.open_field()
        if on is not None and on.spelled and self.model.is_text(on.codes):
            # "ends with .de": taken as it is written, whatever its own meaning.
            self.write(on, chunk)
        elif "@" in text or (on is not None and self.model.is_address(on.codes) and "." in text):
            self._address(text, on, chunk)
        elif on is not None and self.model.is_text(on.codes):
            self.write(on, chunk)
        else:
            self.fact.is_broken = True
            self.unread.append(chunk)

    def _address(self, text: str, on: Field | None, chunk: Chunk) -> None:
        local, _at, domain = text.rpartition("@")
        code = self.model.email("address" if local else "domain")
        if on is not None and self.model.is_address(on.codes):
            self.fact.fields.remove(on)
        one = Field((code,), chunk, denied=on is not None and on.denied)
        self.deny(one)
        one.values = Values(((Named(code, text if local else domain or text),),), literal=True)
        self.fact.fields.append(one)
        self.fact.chunks.append(chunk)

    def text_of(self, on: Field) -> str:
        return next(code for code in on.codes if self.model.is_text((code,)))

    def write(self, on: Field, chunk: Chunk) -> None:
        """Take words as they are written, with those listed after them, as a field's values."""
        self.deny(on)
        code = self.text_of(on)
        on.codes = (code,)
        each, join = [chunk], ""
        self.fact.chunks.append(chunk)
        # "last name Schmidt or Weber": the list after the value belongs to it.
        while (rest := self.chunks[self.place : self.place + 2]) and _is_listed(rest):
            self.place += 2
            self.fact.chunks += rest
            each.append(rest[1])
            join = rest[0].kind
        on.values = Values(
            tuple((Named(code, _as_written(one)),) for one in each), join, literal=True
        )


def _is_listed(chunks: list[Chunk]) -> bool:
    """Return whether the chunks are a joining word and an unknown word."""
    return (
        len(chunks) == 2
        and chunks[0].kind in {"or", "comma", "and"}
        and chunks[1].kind in {"unknown", "literal"}
    )


def _as_written(chunk: Chunk) -> str:
    return str(chunk.what) if chunk.kind == "literal" else chunk.text
