"""Batches of data, one after another, and the way back to one of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from kernelwidgets.live.random_stream import RandomStream

__all__ = ["Place", "Reader", "require_repeatable"]

_END = object()


@dataclass(frozen=True)
class Place:
    """A place in the data: random numbers as they were when the data were begun, and batches since.

    Attributes
    ----------
    begun
        The run's random numbers then; None before the first batch.
    own
        States then of the generators that the data keep themselves.
    ahead
        Whether the next batch is read already.
    """

    begun: tuple[Any, ...] | None
    own: tuple[Tensor, ...]
    taken: int
    ahead: bool


class Reader:
    """Reads data that are begun again whenever they end.

    Coming back to a place reads the data up to there once more, from the random numbers that they
    were begun with: so it does not matter what the data are, as long as they are shuffled when
    they begin.

    Parameters
    ----------
    data
        What can be iterated again and again.

    Raises
    ------
    TypeError
        If it cannot.
    """

    def __init__(self, data: Iterable[Any]) -> None:
        require_repeatable(data, "data")
        self._data = data
        self._generators = _generators(data)
        self._batches: Iterator[Any] = iter(())
        self._ahead: Any = _END
        self._begun: RandomStream | None = None
        self._own = self._states()
        self._taken = 0

    @property
    def amount(self) -> str:
        """How many batches the data hold, as far as they tell."""
        # A DataLoader has a length also where its data have none.
        with contextlib.suppress(TypeError, NotImplementedError):
            return f"{len(self._data)} batches"  # type: ignore[arg-type]  # that is the question
        return "batches"

    @property
    def place(self) -> Place:
        """Where it is now."""
        own = self._states() if self._begun is None else self._own
        begun = None if self._begun is None else self._begun.keep()
        return Place(begun, own, self._taken, self._ahead is not _END)

    def go_to(self, place: Place) -> None:
        """Come back to a place.

        Raises
        ------
        ValueError
            If the data have become shorter.
        """
        for generator, state in zip(self._generators, place.own, strict=True):
            generator.set_state(state)
        self._batches, self._begun, self._taken, self._ahead = iter(()), None, 0, _END
        if place.begun is None:
            return
        with RandomStream.of(place.begun) as stream:
            self._begin(stream)
            for _ in range(place.taken):
                if next(self._batches, _END) is _END:
                    raise ValueError(
                        f"the data end after {self._taken} batches, and held {place.taken} before"
                    )
                self._taken += 1
            self._ahead = next(self._batches, _END) if place.ahead else _END

    def next_batch(self, stream: RandomStream) -> Any:
        """The next batch; `stream` is entered.

        Raises
        ------
        ValueError
            If the data are empty.
        """
        batch, self._ahead = self.peek(stream), _END
        self._taken += 1
        return batch

    def peek(self, stream: RandomStream) -> Any:
        """The batch that will be next: this reads, and draws, what reading it then would."""
        if self._ahead is _END:
            self._ahead = next(self._batches, _END)
        if self._ahead is _END:
            self._begin(stream)
            self._ahead = next(self._batches, _END)
        if self._ahead is _END:
            raise ValueError("the data hold no batch")
        return self._ahead

    def _begin(self, stream: RandomStream) -> None:
        self._begun, self._own, self._taken = stream.copy(), self._states(), 0
        self._batches = iter(self._data)

    def _states(self) -> tuple[Tensor, ...]:
        return tuple(generator.get_state() for generator in self._generators)


def _generators(data: Any) -> list[torch.Generator]:
    """The random generators of a DataLoader's own, as far as torch's names tell."""
    batches = getattr(data, "batch_sampler", None)
    parts = (data, getattr(data, "sampler", None), batches, getattr(batches, "sampler", None))
    found = (getattr(part, "generator", None) for part in parts)
    return list(dict.fromkeys(each for each in found if isinstance(each, torch.Generator)))


def require_repeatable(batches: Any, name: str) -> None:
    """Refuse what can be iterated only once, or not at all.

    Raises
    ------
    TypeError
        With what to pass instead.
    """
    if isinstance(batches, Iterator):
        raise TypeError(
            f"{name} is used up after one pass; pass something that can be iterated again, such "
            f"as a DataLoader or list({name})"
        )
    if not isinstance(batches, Iterable) and callable(batches):
        raise TypeError(
            f"{name} is a function; pass list({name}()), or something that can be iterated again, "
            "such as a DataLoader"
        )
    if not isinstance(batches, Iterable):
        raise TypeError(
            f"{name} is a DataLoader or anything else that yields batches, "
            f"not {type(batches).__name__}"
        )
