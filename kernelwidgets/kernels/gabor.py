"""Gabor functions fitted to kernels: exactly, many at once, and a quick score for the live view.

A Gabor function is a plane wave under a Gaussian window (Daugman 1985),
exp(−u² / 2σ² − γ²v² / 2σ²) · A cos(2πu / λ + φ), u along and v across the direction θ in which the
stripes follow each other, both from the window's center.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import spectrum
from .filters.grid import coordinates

SMALLEST = 5
"""Below 5×5 a Gabor, eight numbers, fits noise: 73 % of random 3×3 kernels reach R² = .8."""

GABOR_LIKE = 0.8
"""R² from which a kernel counts as Gabor-like."""

_SPREADS = ((1.0, 1.0), (0.6, 0.8), (1.6, 1.2))
"""Starts: factors on the window's and on the wave's first guess."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class GaborFit:
    """The Gabor function nearest to a kernel.

    Attributes
    ----------
    r2
        1 − squared error / squared deviation from the kernel's mean.
    noise_r2
        The R² that 95 of 100 white-noise kernels of the size stay below.
    wavelength_px, angle_deg, phase_deg, sigma, gamma, amplitude, x, y
        λ, θ (counter-clockwise from the x axis), φ, σ along θ in pixels, γ, A, and the center of
        the window in pixels from the middle of the kernel, y up.
    """

    r2: float
    noise_r2: float
    wavelength_px: float
    angle_deg: float
    phase_deg: float
    sigma: float
    gamma: float
    amplitude: float
    x: float
    y: float


def fit_gabor(kernel: ArrayLike) -> GaborFit:
    """Fit a Gabor function to one 2-D kernel by least squares.

    Raises
    ------
    ValueError
        If the kernel is not 2-D, smaller than 5×5 (where the fit means nothing), or constant.
    """
    array = np.asarray(kernel, dtype=float)
    if array.ndim != 2 or min(array.shape) < SMALLEST:
        raise ValueError(
            f"a Gabor is fitted to 2-D kernels of at least {SMALLEST}×{SMALLEST}, not to shape "
            f"{array.shape}: its eight parameters fit noise as well in fewer cells"
        )
    if _constant(array[None])[0]:
        raise ValueError("a constant kernel has no stripes to fit")
    parameters, r2 = fit_gabors(array[None])
    a, b, x, y, log_sigma, log_across, theta, frequency = parameters[0]
    angle = np.rad2deg(theta)
    phase = np.rad2deg(np.arctan2(-b, a))
    if angle % 360 >= 180:  # the same wave, seen from behind
        phase = -phase
    return GaborFit(
        r2=float(r2[0]),
        noise_r2=_noise_level(array.shape),
        wavelength_px=float(1 / frequency),
        angle_deg=float(angle % 180),
        phase_deg=float((phase + 180) % 360 - 180),
        sigma=float(np.exp(log_sigma)),
        gamma=float(np.exp(log_sigma - log_across)),
        amplitude=float(np.hypot(a, b)),
        x=float(x),
        y=float(y),
    )


def fit_gabors(kernels: NDArray[Any], quick: bool = False) -> tuple[Array, Array]:
    """Fit Gabor functions to kernels (N, h, w); return parameters (N, 8) and R² (N,).

    Levenberg-Marquardt on all kernels together, from a few starts that the spectrum suggests, or,
    with ``quick``, eight steps from the likeliest; the columns are a, b (weights of cosine and
    sine), x, y, ln σ along, ln σ across, θ, 1 / λ. R² is 0 where a constant is nearer; constant
    kernels get NaN for parameters.
    """
    varied = ~_constant(kernels)
    parameters, r2 = np.full((len(kernels), 8), np.nan), np.zeros(len(kernels))
    if varied.any():
        parameters[varied], r2[varied] = _fit(kernels[varied].astype(float), quick)
    return parameters, r2


def _constant(kernels: NDArray[Any]) -> NDArray[np.bool_]:
    axes = tuple(range(1, kernels.ndim))
    return np.asarray(np.ptp(kernels, axis=axes) <= 1e-6 * np.abs(kernels).max(axis=axes))


def _fit(kernels: Array, quick: bool) -> tuple[Array, Array]:
    shape = kernels.shape[1:]
    targets = kernels.reshape(len(kernels), -1)
    scale = np.linalg.norm(targets, axis=1, keepdims=True)
    targets = targets / scale
    x, y = (grid.ravel() for grid in coordinates(shape))
    starts = _starts(targets, shape, x, y, _SPREADS[:1] if quick else _SPREADS)
    repeated = np.repeat(targets, len(starts), axis=0)
    parameters = np.stack(starts, axis=1).reshape(-1, 8)
    parameters, error = _descend(repeated, parameters, shape, x, y, steps=8 if quick else 30)
    error = error.reshape(len(targets), -1)
    best = error.argmin(axis=1)
    rows = np.arange(len(targets))
    parameters = parameters.reshape(len(targets), -1, 8)[rows, best]
    parameters[:, :2] *= scale
    spread = ((targets - targets.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    return parameters, np.maximum(1 - error[rows, best] / spread, 0)


def gabor_scores(kernels: NDArray[Any], quick: bool = True) -> Array:
    """Return the R² of a quick Gabor fit for kernels (..., h, w), for a live view; shape (...).

    Never above that of the full fit, and on the same side of ``GABOR_LIKE`` for nearly all kernels;
    the full fit itself without ``quick``. Constant kernels score 0.

    Raises
    ------
    ValueError
        If the kernels are smaller than 5×5.
    """
    array = np.asarray(kernels, dtype=float)
    if array.ndim < 3 or min(array.shape[-2:]) < SMALLEST:
        raise ValueError(
            f"Gabor scores need kernels (..., h, w) of at least {SMALLEST}×{SMALLEST}, "
            f"not an array of shape {array.shape}"
        )
    flat = array.reshape(-1, *array.shape[-2:])
    return fit_gabors(flat, quick)[1].reshape(array.shape[:-2])


def gabor_share(kernels: NDArray[Any], quick: bool = False) -> float:
    """Return the share of kernels (..., h, w) that a Gabor function fits with R² ≥ ``GABOR_LIKE``.

    Raises
    ------
    ValueError
        If the kernels are smaller than 5×5.
    """
    scores = gabor_scores(kernels, quick)
    return float((scores >= GABOR_LIKE).mean())


def _starts(
    targets: Array,
    shape: tuple[int, ...],
    x: Array,
    y: Array,
    spreads: tuple[tuple[float, float], ...],
) -> list[Array]:
    """Guess parameters from the energy's center and extent and the spectrum's peak."""
    n, k = len(targets), min(shape)
    centered = targets - targets.mean(axis=1, keepdims=True)
    spectra = spectrum.measure(centered.astype(np.float32), shape)
    energy = centered**2
    energy /= energy.sum(axis=1, keepdims=True)
    cx, cy = energy @ x, energy @ y
    theta = np.deg2rad(spectra.angle_deg)
    dx, dy = x - cx[:, None], y - cy[:, None]
    c, s = np.cos(theta)[:, None], np.sin(theta)[:, None]
    # The energy of a Gaussian window is 1/√2 as wide as the window.
    along = np.sqrt(2 * (energy * (dx * c + dy * s) ** 2).sum(axis=1))
    across = np.sqrt(2 * (energy * (dy * c - dx * s) ** 2).sum(axis=1))
    frequency = np.clip(spectra.dominant, 0.5 / k, 0.5)
    starts = []
    for stretch, pitch in spreads:
        start = np.zeros((n, 8))
        start[:, 2], start[:, 3] = cx, cy
        start[:, 4] = np.log(np.clip(along * stretch, 0.5, 2 * k))
        start[:, 5] = np.log(np.clip(across * stretch, 0.5, 2 * k))
        start[:, 6], start[:, 7] = theta, frequency * pitch
        _, columns = _model(start, x, y)
        start[:, :2] = _amplitudes(targets, columns[:, :2])
        starts.append(start)
    return starts


def _amplitudes(targets: Array, waves: Array) -> Array:
    gram = waves @ waves.transpose(0, 2, 1) + 1e-9 * np.eye(2)
    return np.asarray(np.linalg.solve(gram, waves @ targets[:, :, None])[:, :, 0])


def _model(parameters: Array, x: Array, y: Array) -> tuple[Array, Array]:
    """Return the Gabors (N, cells) and their derivatives (N, 8, cells)."""
    a, b, cx, cy, log_sigma, log_across, theta, frequency = parameters.T[:, :, None]
    c, s = np.cos(theta), np.sin(theta)
    u = (x - cx) * c + (y - cy) * s
    v = (y - cy) * c - (x - cx) * s
    along, across = np.exp(-2 * log_sigma), np.exp(-2 * log_across)
    window = np.exp(-(u**2 * along + v**2 * across) / 2)
    phase = 2 * np.pi * frequency * u
    cosine, sine = window * np.cos(phase), window * np.sin(phase)
    value = a * cosine + b * sine
    slope = b * cosine - a * sine
    by_u = slope * 2 * np.pi * frequency - value * u * along
    by_v = -value * v * across
    derivatives = np.stack(
        [
            cosine,
            sine,
            -by_u * c + by_v * s,
            -by_u * s - by_v * c,
            value * u**2 * along,
            value * v**2 * across,
            by_u * v - by_v * u,
            slope * 2 * np.pi * u,
        ],
        axis=1,
    )
    return value, derivatives


def _descend(
    targets: Array, parameters: Array, shape: tuple[int, ...], x: Array, y: Array, steps: int
) -> tuple[Array, Array]:
    low, high = _bounds(shape)
    parameters = np.clip(parameters, low, high)
    damping = np.full(len(targets), 1e-2)
    value, derivatives = _model(parameters, x, y)
    rest = targets - value
    error = (rest**2).sum(axis=1)
    active = np.arange(len(targets))
    for _ in range(steps):
        jacobian = derivatives[active]
        gradient = jacobian @ rest[active][:, :, None]
        normal = jacobian @ jacobian.transpose(0, 2, 1)
        diagonal = np.einsum("nii->ni", normal)
        diagonal *= 1 + damping[active][:, None]
        diagonal += 1e-10
        step = np.linalg.solve(normal, gradient)[:, :, 0]
        trial = np.clip(parameters[active] + step, low, high)
        value, jacobian = _model(trial, x, y)
        left = targets[active] - value
        new_error = (left**2).sum(axis=1)
        better = new_error < error[active]
        gain = error[active] - new_error
        won = active[better]
        parameters[won], rest[won], error[won] = trial[better], left[better], new_error[better]
        derivatives[won] = jacobian[better]
        damping[active] = np.where(better, damping[active] / 5, damping[active] * 4)
        settled = (better & (gain < 1e-7)) | (damping[active] > 1e6)
        active = active[~settled]
        if not len(active):
            break
    return parameters, error


def _bounds(shape: tuple[int, ...]) -> tuple[Array, Array]:
    k = max(shape)
    reach = 0.6 * k
    low = np.array([-np.inf, -np.inf, -reach, -reach, np.log(0.4), np.log(0.4), -10, 0.25 / k])
    high = np.array([np.inf, np.inf, reach, reach, np.log(3 * k), np.log(3 * k), 10, 0.55])
    return low, high


@functools.lru_cache(maxsize=32)
def _noise_level(shape: tuple[int, ...]) -> float:
    noise = np.random.default_rng(0).normal(size=(100, *shape))
    return float(np.quantile(fit_gabors(noise)[1], 0.95))
