"""Words in pairs: "either ... or", "neither ... nor", "but not both"."""

from __future__ import annotations

from conditions.reading.chunks.chunk import Chunk
from conditions.reading.chunks.patterns import filling_of
from conditions.reading.facts.fact import Fact, is_either_of_two
from conditions.reading.reader.clause_boundaries import ClauseReading


class Pairs(ClauseReading):
    """Reads the words for how many of two or more clauses hold."""

    def read_exclusive(self, chunk: Chunk) -> None:
        """Read "but not both", of two values or of two clauses that "or" joins."""
        fact = self.fact if not self.fact.is_empty else self.standing_before()
        is_pair = fact is not None and (is_either_of_two(fact) or "or" in self.said)
        if fact is None or self.denied is not None or not is_pair:
            self.read_unsayable(chunk)
            return
        fact.exclusive = True
        fact.chunks.append(chunk)

    def read_either(self, chunk: Chunk) -> None:
        # In French, it stands before each of them.
        self.close("or" if "either" in self.said else "either")

    def read_neither(self, chunk: Chunk) -> None:
        follows = {one.kind for one in self.chunks[self.place :]}
        if self._is_list_next() or not follows & {"nor", "or"}:
            # "neither tea nor coffee bought", "neither bought tea nor coffee": one list of values.
            self.denied = chunk if self.denied is None else None
        else:
            self.close("neither")

    def read_nor(self, chunk: Chunk) -> None:
        facts = [one for one in (*self.said, self.fact) if isinstance(one, Fact)]
        is_first = not any(one.denied for one in facts) and "neither" not in self.said
        follows = any(one.kind == "nor" for one in self.chunks[self.place :])
        if is_first and (follows or self._is_list_next()):
            self.read_neither(chunk)
        elif not is_first or chunk.text not in filling_of(self.grammar):
            # "n'ont commandé ni consulté" denies both; "noch 2 Artikel" denies nothing.
            self.fact.denied |= is_first and self.fact.verb
            self.close("nor")

    def _is_list_next(self) -> bool:
        following = self.next()
        return following is not None and following.kind == "value" and bool(following.what.join)
