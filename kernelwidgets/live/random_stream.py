"""Random numbers of one's own: a stream that nobody else's draws disturb."""

from __future__ import annotations

import copy
import random
from types import TracebackType
from typing import Any

import numpy as np
import torch

from kernelwidgets.live.arguments import whole_number
from kernelwidgets.models.guard import RANDOM_TURN

__all__ = ["RandomStream"]


class RandomStream:
    """The global random numbers of torch (CPU, CUDA), numpy and python, while it is entered.

    Everybody else's go on afterwards where they were; two streams on two threads take turns. It
    may be left early. The generators are global: what a cell draws in the very moments in which
    another thread has this entered comes from this stream.

    Parameters
    ----------
    seed
        Where it begins.

    Raises
    ------
    TypeError
        If it is no whole number.
    """

    def __init__(self, seed: int) -> None:
        seed = self._seed = whole_number("seed", seed)
        self._outside: list[Any] | None = None
        with RANDOM_TURN:
            outside = _states()
            torch.default_generator.manual_seed(seed)  # torch.manual_seed would wake accelerators
            np.random.seed(seed % 2**32)  # noqa: NPY002  # the global generator is meant
            random.seed(seed)
            self._inside = _states()[:3]
            _put(outside)

    def __enter__(self) -> RandomStream:
        RANDOM_TURN.acquire()
        self._outside = _states()
        _put(self._inside)
        if torch.cuda.is_initialized():
            for generator in torch.cuda.default_generators[len(self._inside) - 3 :]:
                generator.manual_seed(self._seed)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        if self._outside is not None:
            self._inside = _states()
            _put(self._outside)
            self._outside = None
            RANDOM_TURN.release()

    def keep(self) -> tuple[Any, ...]:
        """The seed, and the states of all generators, as arrays."""
        torch_state, numpy_state, python_state, *cuda = self.copy()._inside
        version, words, spare = python_state
        compact = version, np.array(words, np.uint32), spare
        return self._seed, torch_state, numpy_state, compact, *cuda

    @classmethod
    def of(cls, kept: tuple[Any, ...]) -> RandomStream:
        """The stream that was kept, as far as there are generators for it."""
        seed, torch_state, numpy_state, (version, words, spare), *cuda = kept
        stream = cls(seed)
        python_state = version, tuple(words.tolist()), spare
        there = cuda[: torch.cuda.device_count()]
        stream._inside = [torch_state, numpy_state, python_state, *there]
        return stream

    def copy(self) -> RandomStream:
        """A stream that goes on from here by itself."""
        other = copy.copy(self)
        if self._outside is not None:
            other._inside, other._outside = _states(), None
        return other


def _states() -> list[Any]:
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
    numpy_state = np.random.get_state()  # noqa: NPY002  # the global one is meant
    return [torch.get_rng_state(), numpy_state, random.getstate(), *cuda]


def _put(states: list[Any]) -> None:
    torch_state, numpy_state, python_state, *cuda = states
    torch.set_rng_state(torch_state)
    np.random.set_state(numpy_state)  # noqa: NPY002  # the global one is meant
    random.setstate(python_state)
    for device, state in enumerate(cuda):
        torch.cuda.set_rng_state(state, device)
