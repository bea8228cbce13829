"""Reads chunks into facts, from left to right: the values of each fact, and the whole."""

from __future__ import annotations

from dataclasses import replace

from babel.numbers import is_currency

from conditions.language.types.parts import SALT
from conditions.reading.chunks import Chunk
from conditions.reading.clauses import TURNS
from conditions.reading.facts import Fact, Field, Said, Unsaid, Values
from conditions.reading.names import Named
from conditions.reading.rank_words import FIGURES
from conditions.reading.ranks import SALES, RankRead, complete_rank, rank_said
from conditions.reading.references import References
from conditions.reading.thoughts import SPELLINGS
from conditions.reading.words import words_of

# The name of a draw for random shares without a name.
NO_NAME = "random"


class Reader(References):
    """Reads values, and words as they are written."""

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

    def read_value(self, chunk: Chunk) -> None:
        if self._is_foreign(chunk):
            self.read_unsayable(chunk)
            return
        values: Values = chunk.what
        on = self.open_field()
        if on is None and self._is_state_of_people(chunk):
            self.fact.is_broken = True
            self.unread.append(chunk)
            return
        self.fact.chunks.append(chunk)
        if self._is_no_choice(values, chunk) or self._is_compound(values, chunk):
            self.fact.is_lost = True
            return
        if on is not None and self.model.fits(on.codes, values.attributes):
            on.values = values
            # "delivered not to Germany"
            self.deny(on)
        elif on is not None and on.spelled and self.model.is_text(on.codes):
            code = self._text_of(on)
            each = tuple((Named(code, text),) for text in values.texts)
            on.values = Values(each, values.join, literal=True)
        elif self.fact.head in values.attributes and self.fact.head in self.model.attributes:
            self.deny(self.fact)
            self.fact.values.append(values)
        elif on is not None and self.model.takes_words(on.codes[0]):
            each = tuple((Named(on.codes[0], text),) for text in values.texts)
            on.values = Values(each, values.join, literal=True)
        elif attribute := self._standing_as(values):
            self._stand(attribute, values, chunk)
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

    def _is_foreign(self, chunk: Chunk) -> bool:
        """Return whether `chunk` is a foreign currency after an amount: "100 USD"."""
        before = self.before("quantity")
        is_next = before is not None and before.end == chunk.start
        return is_next and is_currency(chunk.text.upper())

    def _standing_as(self, values: Values) -> str:
        """Return the attribute under which `values` describe customers; empty if there is none."""
        standing, head = self.model.standing, self.fact.head
        if self._is_never() and self.model.is_product(values.attributes):
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

    def _stand(self, attribute: str, values: Values, chunk: Chunk) -> None:
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
            self._write(on, chunk)
        elif "@" in text or (on is not None and self.model.is_address(on.codes) and "." in text):
            self._address(text, on, chunk)
        elif on is not None and self.model.is_text(on.codes):
            self._write(on, chunk)
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
        self._stand(code, Values(((Named(code, part),),)), chunk)

    def read_rank(self, chunk: Chunk) -> None:
        """Read a place among others, or more than their average, and the words that complete it."""
        read: RankRead = chunk.what
        used = [chunk]
        while (following := self.next()) is not None and following.kind != "name":
            more = complete_rank(read, following.kind, following.what, self.model)
            if more is None:
                break
            read = more
            used.append(following)
            self.place += 1
        self.fact.chunks += used
        following = self.next()
        is_next = following is not None and following.start == used[-1].end
        if is_next and self.is_rows(following):
            # "top 10 orders" are not customers.
            self.fact.is_lost = True
            return
        if read.lately is None and self.fact.is_time_alone and len(self.fact.when) == 1:
            # "in the last 90 days spent more than average"
            read = replace(read, lately=self.fact.when.pop())
        try:
            nodes = rank_said(read, self.model)
        except Unsaid:
            self.fact.is_lost = True
            return
        text = " ".join(one.text for one in used)
        code = FIGURES[read.figure or SALES][0]
        self._stand(code, Values(((Named(code, text),),), ways=tuple(nodes)), chunk)

    def read_span(self, chunk: Chunk) -> None:
        """Read the clause of a row that lasts: "in VIP for at least 30 days"."""
        named, ways = chunk.what
        self.fact.chunks.append(chunk)
        if not ways:
            self.fact.is_lost = True
            return
        self._stand(named.attribute, Values(((named,),), ways=ways), chunk)

    def read_only(self, chunk: Chunk) -> None:
        following = self.next()
        if following is None or following.kind in {*TURNS, "close"}:
            # "women only", "2 orders only"; "bought shoes only" means that nothing else was bought.
            numbers = self.fact.quantities
            chooses = self.fact.values or self.fact.fields or self.fact.when
            if len(numbers) == 1 and not (numbers[0].op or chooses):
                numbers[0] = replace(numbers[0], op="is")
            elif not (self.fact.is_empty and self.standing_before()):
                self.read_unsayable(chunk)
            return
        is_value = following.kind == "value" and self.fact.is_empty
        # "only women" are women; "only shoes" after a purchase means that nothing else was bought.
        if not (is_value and self._standing_as(following.what)):
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

    def read_then(self, chunk: Chunk) -> None:
        """Read "then": no condition can express the order of two deeds."""
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

    def read_unknown(self, chunk: Chunk) -> None:
        if self._is_foreign(chunk):
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
            if on.spelled or self.model.takes_words(self._text_of(on)):
                self._write(on, chunk)
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

    def _text_of(self, on: Field) -> str:
        return next(code for code in on.codes if self.model.is_text((code,)))

    def _write(self, on: Field, chunk: Chunk) -> None:
        """Take words as they are written, with those listed after them, as a field's values."""
        self.deny(on)
        code = self._text_of(on)
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
