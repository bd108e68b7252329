"""Values for cells, whatever shape they are given in."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["fitted"]


def fitted(values: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Values broadcast to the shape of the cells that they are for.

    Raises
    ------
    ValueError
        If they do not broadcast.
    """
    given = np.asarray(values, dtype=np.float64)
    try:
        return np.broadcast_to(given, shape)
    except ValueError:
        raise ValueError(
            f"values of the shape {given.shape} do not broadcast to the cells {shape}: "
            "give that shape, or select fewer cells, such as np.s_[0, 0] for one kernel"
        ) from None
