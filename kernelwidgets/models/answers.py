"""What a network answers to the probe, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from kernelwidgets.models.staging import to_array
from kernelwidgets.wire.schema import Guess

__all__ = ["best_guesses", "class_names", "logits_of"]

GUESSES = 3


def class_names(classes: Any) -> list[str] | None:
    """The names of the answers, one for each.

    Raises
    ------
    TypeError
        If it is no list.
    """
    if classes is None:
        return None
    if isinstance(classes, str) or not isinstance(classes, Iterable):
        raise TypeError(
            f"classes is a list of names, one for each answer, such as ['cat', 'dog'], "
            f"not {classes!r}"
        )
    return [str(name) for name in classes]


def logits_of(output: Any, pictures: int) -> Tensor | None:
    """Find one row of numbers for each picture in what a network returns; None if there is none."""
    if isinstance(output, Tensor):
        if output.is_floating_point() and len(output.shape) and len(output) == pictures:
            rows = output.detach().reshape(pictures, -1)
            if output.numel() == output.shape[0] * (output.shape[1] if output.ndim > 1 else 1):
                return rows
        return None
    if isinstance(output, Mapping):
        output = tuple(output.values())
    if isinstance(output, (tuple, list)):
        found = (logits_of(value, pictures) for value in output)
        return next((rows for rows in found if rows is not None), None)
    return None


def best_guesses(logits: Tensor, classes: Sequence[str]) -> tuple[tuple[Guess, ...], ...]:
    """The three largest shares of the softmax of each row, with their labels.

    A single number for two classes is the logit of the second; rows that are shares already are
    taken as they are.
    """
    rows = to_array(logits).astype(np.float64)
    if rows.shape[1] == 1 and len(classes) == 2:
        rows = np.concatenate([np.zeros_like(rows), rows], axis=1)
    shares = _shares(rows)
    best = np.argsort(-shares, axis=1, kind="stable")[:, :GUESSES]
    names = [*classes, *map(str, range(len(classes), rows.shape[1]))]
    return tuple(
        tuple(Guess(label=names[place], share=share) for place, share in zip(*pair, strict=True))
        for pair in zip(
            best.tolist(), np.take_along_axis(shares, best, axis=1).tolist(), strict=True
        )
    )


def _shares(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    rows = np.nan_to_num(rows, nan=-np.inf, posinf=1e300)
    if rows.shape[1] > 1 and (rows >= 0).all() and np.allclose(rows.sum(axis=1), 1, atol=1e-3):
        return rows
    top = rows.max(axis=1, keepdims=True)
    powers = np.exp(rows - np.where(np.isfinite(top), top, 0))
    shares: NDArray[np.float64] = powers / np.maximum(powers.sum(axis=1, keepdims=True), 1e-300)
    return shares
