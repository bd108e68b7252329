"""How well kernels are named: the measurements behind the tests and the bench."""

from __future__ import annotations

import numpy as np

from kernelwidgets.kernels import filters
from kernelwidgets.kernels.description import describe_bank
from kernelwidgets.kernels.gabor import fit_gabor
from kernelwidgets.kernels.initialization import INITIALIZATIONS, initial_weights
from tests.kernels.labeled_kernels import (
    ORIENTED,
    field_noise,
    foreign,
    labeled_set,
    outside,
    small_pink_noise,
    smooth_noise_kinds,
    with_noise,
)

SIZES = (3, 5, 7, 11)
UNNAMED = ("unstructured", "other")


def families(kernels):
    return describe_bank(np.asarray(kernels)[:, None]).family[:, 0]


def accuracy(k, noise, n=300, seed=7):
    kernels, names, _ = labeled_set(k, noise, n, seed)
    return float((families(kernels) == names).mean())


def direction_errors(k, noise=0.1, n=400, seed=7):
    """Median and 95 % quantile of the direction error in degrees."""
    kernels, names, angles = labeled_set(k, noise, n, seed)
    oriented = np.isin(names, ORIENTED)
    told = describe_bank(kernels[oriented][:, None]).normal_deg[:, 0]
    error = np.abs((told - angles[oriented] + 90) % 180 - 90)
    return float(np.median(error)), float(np.quantile(error, 0.95))


def foreign_accuracy(k, n=60, seed=7):
    """Share named as what they are, each kind counting the same, at 5 % noise."""
    rng = np.random.default_rng(seed)
    right = [
        [families([with_noise(rng, kernel, 0.05)])[0] == family for family, kernel in drawn]
        for drawn in (foreign(rng, k).values() for _ in range(n))
    ]
    return float(np.mean(right))


def outside_share(k, n=100, seed=7):
    """Share called ``other``, by kind, at 5 % noise."""
    rng = np.random.default_rng(seed)
    drawn = [outside(rng, k) for _ in range(n)]
    return {
        kind: float((families([with_noise(rng, d[kind], 0.05) for d in drawn]) == "other").mean())
        for kind in drawn[0]
    }


def named_share(kernels):
    return float((~np.isin(families(kernels), UNNAMED)).mean())


def white_names(k, n=8192, seed=7):
    """Largest share of names over the initialization laws, and the law."""
    rng = np.random.default_rng(seed)
    shares = {}
    for law in INITIALIZATIONS:
        weights = initial_weights(law, (n // 16, 16, k, k), rng)
        shares[law] = named_share(weights.reshape(-1, k, k))
    law = max(shares, key=shares.__getitem__)
    return shares[law], law


def smooth_names(k, n=3000, seed=7):
    """Share of names for each kind of smooth noise."""
    rng = np.random.default_rng(seed)
    shares = {
        kind: named_share(field_noise(rng, n, k, amplitude))
        for kind, amplitude in smooth_noise_kinds().items()
    }
    return shares | {"pink, on the kernel's grid": named_share(small_pink_noise(rng, n, k))}


def gabor_parameter_errors(k=11, n=60, seed=7):
    """Relative errors of wavelength, σ and γ, and errors of θ over 180°, on clean Gabors."""
    rng = np.random.default_rng(seed)
    errors = []
    for _ in range(n):
        wavelength, angle = rng.uniform(2.5, k / 1.6), rng.uniform(0, 180)
        sigma, gamma = rng.uniform(0.45, 0.8) * wavelength, rng.uniform(0.6, 1.2)
        fit = fit_gabor(filters.gabor(k, wavelength, angle, rng.uniform(-180, 180), sigma, gamma))
        errors += [fit.wavelength_px / wavelength - 1, fit.sigma / sigma - 1, fit.gamma / gamma - 1]
        errors.append(((fit.angle_deg - angle + 90) % 180 - 90) / 180)
    return np.abs(errors)
