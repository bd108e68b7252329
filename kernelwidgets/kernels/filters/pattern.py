"""Hand-made kernels that look for a pattern, and random ones under the initialization laws."""

from __future__ import annotations

import numpy as np

from ..initialization import initial_weights
from .grid import Array, Size, plane_shape, rotated, shape_of


def gabor(
    size: Size = 11,
    wavelength_px: float | None = None,
    angle_deg: float = 0.0,
    phase_deg: float = 0.0,
    sigma: float | None = None,
    gamma: float = 1.0,
) -> Array:
    """Return a Gabor kernel: stripes under a Gaussian window (Daugman 1985).

    exp(−(u² + γ²v²) / 2σ²) · cos(2πu / λ + φ), u along and v across ``angle_deg``, the direction
    in which the stripes follow each other. Phase 0 is a bright line, ±90 an edge.

    Parameters
    ----------
    wavelength_px
        λ, from stripe to stripe; half the shorter side (at least 2 px) by default.
    sigma
        Width of the window along u in pixels; .56 λ by default, a bandwidth of one octave.
    gamma
        Width along u over width across it: below 1 the stripes are longer.
    """
    shape = shape_of(size)
    wavelength_px = max(2.0, min(shape) / 2) if wavelength_px is None else wavelength_px
    sigma = 0.56 * wavelength_px if sigma is None else sigma
    if min(wavelength_px, sigma, gamma) <= 0:
        raise ValueError("wavelength_px, sigma and gamma must be above 0")
    along, across = rotated(shape, angle_deg)
    window = np.exp(-(along**2 + (gamma * across) ** 2) / (2 * sigma**2))
    return np.asarray(window * np.cos(2 * np.pi * along / wavelength_px + np.deg2rad(phase_deg)))


def line(size: Size = 3, angle_deg: float = 0.0, width_px: float | None = None) -> Array:
    """Return a line detector: a bright bar on a dark ground, with sum 0.

    At 3×3 [[−1, 2, −1], [−1, 2, −1], [−1, 2, −1]]. ``angle_deg`` is the direction across the line,
    in which the kernel varies, so 0 finds vertical lines. ``width_px`` is a third of the shorter
    side by default; beyond 3×3 its borders are anti-aliased.
    """
    shape = plane_shape("line", size, smallest=3)
    width_px = max(1.0, min(shape) / 3) if width_px is None else width_px
    along, _ = rotated(shape, angle_deg)
    if max(shape) == 3:
        bar = (np.abs(along) <= width_px / 2).astype(float)
    else:
        bar = np.clip(width_px / 2 + 0.5 - np.abs(along), 0, 1)
    if bar.sum() == 0 or bar.min() > 0:
        raise ValueError(f"a line {width_px:g} px wide does not show in size {size!r}")
    return np.asarray(bar / bar.mean() - 1)


def checkerboard(size: Size = 3) -> Array:
    """Return alternating +1 and −1, the finest pattern that a grid can hold."""
    indices = np.indices(shape_of(size)).sum(axis=0)
    sign: Array = 1.0 - 2.0 * (indices % 2)
    return sign


def peak(size: Size = (3,)) -> Array:
    """Return the 1-D peak finder: +1 on the middle third, −1 beside it, as in [−1, 1, −1]."""
    shape = shape_of(size if isinstance(size, tuple) else (size,))
    if len(shape) != 1 or shape[0] < 3:
        raise ValueError(f"peak is 1-D with at least three taps; give size=(3,), not {size!r}")
    offset = np.abs(np.arange(shape[0]) - (shape[0] - 1) / 2)
    return np.where(offset <= shape[0] / 6, 1.0, -1.0)


def random(size: Size = 3, law: str = "torch_default", seed: int = 0) -> Array:
    """Return the random kernel that a layer with one input and one output channel starts from."""
    weights = initial_weights(law, (1, 1, *shape_of(size)), np.random.default_rng(seed))
    return np.asarray(weights[0, 0])
