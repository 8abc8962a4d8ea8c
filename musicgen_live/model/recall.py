"""Remembers what followed the latest ids when they were last read: the second thing a network can be shown."""

from __future__ import annotations

ORDERS = (2, 3, 4, 6, 8, 12, 16, 24)
"""The lengths of context that are looked up; the longest that was read before counts."""
LENGTH_CLASSES = len(ORDERS) + 1
"""How much of the context was found: 0 for nothing, else 1 plus the place in `ORDERS`."""


class Recall:
    """Reads ids one at a time; says which id came next at the latest earlier place with the longest equal context.

    Music repeats itself over distances at which an LSTM has forgotten the notes; where to look is no more than a table.
    The idea is the pointer of a cache model (Grave, Joulin & Usunier 2016), here an input and not a mixture.
    """

    def __init__(self, classes: int, first: int) -> None:
        """Ids below `first` are not remembered: they are said of the music and are no part of it."""
        self._nothing = classes
        self._first = first
        self.reset()

    def reset(self) -> None:
        """Forget everything read."""
        self._ids: list[int] = []
        self._following: tuple[dict[tuple[int, ...], int], ...] = tuple({} for _ in ORDERS)
        # Context by context, in the order in which they were read: the place at which it was read before.
        self._before: tuple[list[int | None], ...] = tuple([] for _ in ORDERS)

    def snapshot(self) -> int:
        """Return the number of ids remembered, which is all that a return to this state needs."""
        return len(self._ids)

    def restore(self, state: int) -> None:
        """Return to an earlier state; snapshots taken after it are invalid from then on."""
        ids = self._ids
        for order, following, before in zip(ORDERS, self._following, self._before, strict=True):
            for end in range(len(ids), max(state, order - 1), -1):
                context = tuple(ids[end - order : end])
                earlier = before.pop()
                if earlier is None:
                    del following[context]
                else:
                    following[context] = earlier
        del ids[state:]

    def read(self, token_id: int, *, shown: bool = True) -> tuple[int, int]:
        """Read one id; return the recalled id, `classes` if there is none, and the class of the context's length.

        Not `shown`, it is as if nothing were found; the id is remembered all the same.
        """
        if token_id < self._first:
            return self._nothing, 0
        ids = self._ids
        ids.append(token_id)
        recalled, length_class = self._nothing, 0
        pending = zip(ORDERS, self._following, self._before, strict=True)
        for place, (order, following, before) in enumerate(pending, start=1):
            if len(ids) < order:
                break
            context = tuple(ids[-order:])
            earlier = following.get(context)
            if earlier is not None:
                recalled, length_class = ids[earlier], place
            following[context] = len(ids)
            before.append(earlier)
        return (recalled, length_class) if shown else (self._nothing, 0)
