"""How well kernels match each family, at their best template."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import spectrum, templates
from .spectrum import Spectra


def match(unit: NDArray[np.float32], shape: tuple[int, ...]) -> tuple[NDArray[np.float32], Spectra]:
    """Return the match of unit-norm kernels (N, cells) with each family, and their spectra.

    The match r, (N, 9) in the order of ``templates.FAMILIES``, is the normalized correlation with
    the family's best template: sign and gain of the kernel do not matter.
    """
    spectra = spectrum.measure(unit, shape)
    squares = templates.isotropic(shape).best(unit)
    if templates.by_direction(shape):
        squares[:, -1] = np.maximum(squares[:, -1], templates.best_plaid(unit, shape))
        upright, angle_deg = _upright(unit, shape, spectra.angle_deg)
        for direction, members in _by_direction(angle_deg):
            at_angle = templates.oriented(shape, direction).best(upright[members])
            squares[members] = np.maximum(squares[members], at_angle)
    return np.sqrt(np.minimum(squares, 1.0)), spectra


def _upright(
    unit: NDArray[np.float32], shape: tuple[int, ...], angle_deg: NDArray[Any]
) -> tuple[NDArray[np.float32], NDArray[Any]]:
    """Mirror kernels until they vary along 0 to 45° (90° if not square): fewer templates do."""
    kernels = unit.reshape(-1, *shape).copy()
    leaning = angle_deg > 90
    kernels[leaning] = kernels[leaning, :, ::-1]
    angle_deg = np.where(leaning, 180 - angle_deg, angle_deg)
    if shape[0] == shape[1]:
        steep = angle_deg > 45
        kernels[steep] = kernels[steep, ::-1, ::-1].transpose(0, 2, 1)
        angle_deg = np.where(steep, 90 - angle_deg, angle_deg)
    return kernels.reshape(unit.shape), angle_deg


def _by_direction(angle_deg: NDArray[Any]) -> list[tuple[int, NDArray[np.intp]]]:
    nearest = np.round(angle_deg * templates.ANGLES / 180).astype(int)
    order = np.argsort(nearest, kind="stable")
    directions, starts = np.unique(nearest[order], return_index=True)
    groups = np.split(order, starts[1:])
    return [(int(d), group) for d, group in zip(directions, groups, strict=True)]
