"""Looks up the id that followed the most recent earlier occurrence of the latest ids, a second input of a network."""

from __future__ import annotations

ORDERS = (2, 3, 4, 6, 8, 12, 16, 24)
"""The context lengths that are looked up; the longest one that was read before is used."""
LENGTH_CLASSES = len(ORDERS) + 1
"""The number of length classes: 0 for no context found, else 1 plus the index of its length in `ORDERS`."""


class Recall:
    """Reads ids one at a time; looks up the id that followed the latest occurrence of the longest equal context.

    Music repeats itself over distances at which an LSTM has forgotten the notes, but a table of contexts finds them.
    The idea is the pointer of a cache model (Grave, Joulin & Usunier 2016), here as an input instead of a mixture.
    """

    def __init__(self, classes: int, first: int) -> None:
        """Remember ids from `first` up to `classes`; those below are control tokens, not music."""
        self._nothing = classes
        self._first = first
        self.reset()

    def reset(self) -> None:
        """Forget everything read."""
        self._ids: list[int] = []
        self._following: tuple[dict[tuple[int, ...], int], ...] = tuple({} for _ in ORDERS)
        # For each context in reading order, the value that it replaced in `_following`, to restore it.
        self._replaced: tuple[list[int | None], ...] = tuple([] for _ in ORDERS)

    def snapshot(self) -> int:
        """Return the number of remembered ids, which is all that a return to this state needs."""
        return len(self._ids)

    def restore(self, state: int) -> None:
        """Return to an earlier state; snapshots taken after it are invalid from then on."""
        ids = self._ids
        for order, following, replaced in zip(ORDERS, self._following, self._replaced, strict=True):
            for end in range(len(ids), max(state, order - 1), -1):
                context = tuple(ids[end - order : end])
                earlier = replaced.pop()
                if earlier is None:
                    del following[context]
                else:
                    following[context] = earlier
        del ids[state:]

    def read(self, token_id: int, *, shown: bool = True) -> tuple[int, int]:
        """Read one id; return the recalled id, `classes` if there is none, and the class of the context's length.

        If it is not `shown`, the result is that of no context found; the id is still remembered.
        """
        if token_id < self._first:
            return self._nothing, 0
        ids = self._ids
        ids.append(token_id)
        recalled, length_class = self._nothing, 0
        tables = zip(ORDERS, self._following, self._replaced, strict=True)
        for order_class, (order, following, replaced) in enumerate(tables, start=1):
            if len(ids) < order:
                break
            context = tuple(ids[-order:])
            earlier = following.get(context)
            if earlier is not None:
                recalled, length_class = ids[earlier], order_class
            following[context] = len(ids)
            replaced.append(earlier)
        return (recalled, length_class) if shown else (self._nothing, 0)
