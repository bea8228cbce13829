"""What a name means, by the words around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conditions.reading.chunks.chunk import Chunk
from conditions.reading.facts.fact import Field
from conditions.reading.languages.words import key_of
from conditions.reading.reader.clauses import TURNS
from conditions.reading.reader.pairs import Pairs


class Subjects(Pairs):
    """Finds the rows and attributes that names stand for, before and after the current chunk."""

    def code_of(self, chunk: Chunk) -> str:
        """Return the relation or attribute that a name means here.

        Besides the subject, what happened to a row shows which rows a name means: "opened no
        e-mail" is about mails, not about the customer's address.
        """
        codes = [name.code for name in chunk.what]
        head = self.fact.head
        if not head and len(codes) > 1:
            deeds: list[Sequence[str]] = [
                one.codes for one in self.fact.fields if self.model.is_deed(one.codes)
            ]
            deeds += [values.attributes for values in self.fact.values]
            head = self.model.implied([*deeds, *self._coming_deeds(chunk)])
            following = self.next()
            is_timed = following is not None and following.kind in {"length", "period"}
            is_received = chunk.start in self.clauses_of_receipt
            if not (head or self.fact.when or is_timed or is_received):
                # An e-mail without a time that nobody got is an address.
                codes = [self.model.text_besides_rows(codes) or codes[0]]
            elif is_received and not head and "_".join(key_of(chunk.text)) in codes:
                # "Got no newsletter in May" is about mails, not about the subscription.
                own = "_".join(key_of(chunk.text))
                others = [one for one in codes if one != own and self.model.is_relation(one)]
                codes = others or codes if self.fact.when or is_timed else codes
        return self.model.best(codes, head)

    def _coming_deeds(self, chunk: Chunk) -> Iterator[Sequence[str]]:
        """Yield the codes of names after `chunk` in its clause that are deeds of rows."""
        for one in self.chunks:
            if one.start >= chunk.end and one.kind in TURNS:
                return
            codes = [name.code for name in one.what] if one.kind == "name" else ()
            if one.start >= chunk.end and self.model.is_deed(codes):
                yield codes

    def is_rows(self, chunk: Chunk | None) -> bool:
        """Return whether `chunk` names a relation."""
        if chunk is None or chunk.kind != "name":
            return False
        return self.model.is_relation(self.code_of(chunk))

    def is_head(self, chunk: Chunk) -> bool:
        """Return whether `chunk` names something that a fact can be about."""
        return chunk.kind == "name" and self.model.is_head(self.code_of(chunk))

    def coming_head(self) -> str:
        """Return the head that the clause names after the chunk that is read; else nothing."""
        for chunk in self.chunks[self.place :]:
            if chunk.kind in {*TURNS, "either", "neither", "except"}:
                break
            if self.is_head(chunk):
                return self.code_of(chunk)
        return ""

    def open_field(self) -> Field | None:
        """Return the field that was named last, where it has no comparison yet."""
        return next((one for one in self.fact.fields[-1:] if one.is_open), None)
