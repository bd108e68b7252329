"""Synthetic kernels with a known family, kernels of other origin, and noise, for the evaluation.

Parameters are drawn continuously, so hardly any falls on a template's grid. No labels exist for
real, learned kernels: accuracy on this set says that names mean what they say, not more.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from skimage import filters as skimage_filters

from kernelwidgets.kernels import filters

FAMILIES = ("delta", "lowpass", "sharpen", "edge", "line", "blob", "gabor", "checkerboard")
ORIENTED = ("edge", "line", "gabor")


def unit(kernel):
    return kernel / np.linalg.norm(kernel)


def with_noise(rng, kernel, share):
    """Add white noise whose norm is ``share`` of the kernel's, and a random sign and gain."""
    noise = unit(rng.normal(size=kernel.shape))
    return (unit(kernel) + share * noise) * rng.choice([-1, 1]) * np.exp(0.3 * rng.normal())


def plane(k, angle_deg, shift=(0.0, 0.0)):
    rows, columns = np.mgrid[:k, :k] - (k - 1) / 2
    x, y = columns - shift[0], -rows - shift[1]
    c, s = np.cos(np.deg2rad(angle_deg)), np.sin(np.deg2rad(angle_deg))
    return x * c + y * s, y * c - x * s


def draw(rng, family, k):
    """One clean kernel of a family and the direction in which it varies (None if isotropic)."""
    angle = rng.uniform(0, 180)
    shift = rng.uniform(-0.3, 0.3, 2) if k >= 5 else (0.0, 0.0)
    u, v = plane(k, angle, shift)
    if family == "delta":
        return filters.identity(k), None
    if family == "lowpass":
        if rng.random() < 0.15:
            return filters.box(k), None
        u, v = plane(k, angle)
        sigma = rng.uniform(0.75, max(1.2, k / 4))
        wide = sigma * rng.uniform(1, 1.5)
        return np.exp(-(u**2) / (2 * sigma**2) - v**2 / (2 * wide**2)), None
    if family == "sharpen":
        if k == 3:
            laplacian = filters.laplacian(neighbors=int(rng.choice([4, 8])))
            amount = rng.uniform(0.25, 0.4) * 8 / -laplacian[1, 1]
            return filters.identity() - amount * laplacian / 2, None
        blur = filters.gaussian(k, sigma=rng.uniform(0.8, max(1.2, k / 5)))
        amount = rng.uniform(0.8, 2)
        return filters.identity(k) + amount * (filters.identity(k) - blur), None
    if family == "edge":
        if k == 3 and rng.random() < 0.3:
            name = rng.choice(["sobel", "prewitt", "scharr"])
            return filters.make(name, direction="x"), 0.0
        sigma = rng.uniform(0.65, max(1.2, k / 5))
        wide = sigma * rng.uniform(0.8, 2)
        return u * np.exp(-(u**2) / (2 * sigma**2) - v**2 / (2 * wide**2)), angle
    if family == "line":
        sigma = rng.uniform(0.6, max(0.8, k / 6.5))
        wide = sigma * rng.uniform(1.4, 3)
        profile = 1 - u**2 / sigma**2
        kernel = profile * np.exp(-(u**2) / (2 * sigma**2) - v**2 / (2 * wide**2))
        return kernel, angle
    if family == "blob":
        if k == 3:
            return filters.laplacian(neighbors=int(rng.choice([4, 8]))), None
        sigma = rng.uniform(0.75, max(0.95, k / 7))
        if rng.random() < 0.5:
            return filters.laplacian_of_gaussian(k, sigma=sigma), None
        return filters.difference_of_gaussians(k, sigma=sigma, ratio=rng.uniform(1.3, 2)), None
    if family == "gabor":
        wavelength = rng.uniform(2.3, k / 1.65)
        sigma = rng.uniform(0.55, 0.85) * wavelength
        wide = sigma * rng.uniform(0.8, 1.5)
        window = np.exp(-(u**2) / (2 * sigma**2) - v**2 / (2 * wide**2))
        return window * np.cos(2 * np.pi * u / wavelength + rng.uniform(0, 2 * np.pi)), angle
    u, v = plane(k, 0.0)
    window = np.exp(-(u**2 + v**2) / (2 * rng.uniform(k / 3, k) ** 2))
    return filters.checkerboard(k) * window, None


def labeled_set(k, noise, n=100, seed=0):
    """Return kernels (N, k, k), family names (N,) and directions (N,; NaN where isotropic)."""
    rng = np.random.default_rng([seed, k, int(100 * noise)])
    kernels, names, angles = [], [], []
    for family in FAMILIES:
        if family == "gabor" and k < 5:
            continue
        for _ in range(n):
            kernel, angle = draw(rng, family, k)
            kernels.append(with_noise(rng, kernel, noise))
            names.append(family)
            angles.append(np.nan if angle is None else angle)
    return np.array(kernels), np.array(names), np.array(angles)


def foreign(rng, k):
    """Kernels of other origin by kind: (family, kernel), none made by the bank's formulas."""
    u, v = plane(k, rng.uniform(0, 180))
    centered, _ = plane(k, rng.choice([0, 45, 90, 135]))
    impulse = np.zeros((2 * k + 1, 2 * k + 1))
    impulse[k, k] = 1.0
    crop = (slice(k - k // 2, k + k // 2 + 1),) * 2
    narrow, wide = (ndimage.gaussian_filter(impulse, s)[crop] for s in (k / 8, k / 4.5))
    bar = rng.uniform(1, k / 5)
    disk = np.hypot(u, v) <= k / 2
    frequency = rng.uniform(2.4, 3.2) / k
    window = np.real(
        skimage_filters.gabor_kernel(frequency, np.deg2rad(30), sigma_x=k / 5, sigma_y=k / 4)
    )
    margin = [(side - k) // 2 for side in window.shape]
    gabor = np.zeros((k, k)) if min(margin) < 0 else None
    if gabor is None:
        gabor = window[margin[0] : margin[0] + k, margin[1] : margin[1] + k]
    else:
        padded = np.pad(window, k)
        middle = [(side - k) // 2 for side in padded.shape]
        gabor = padded[middle[0] : middle[0] + k, middle[1] : middle[1] + k]
    return {
        "step edge": ("edge", np.sign(u)),
        "step edge in a disk": ("edge", np.sign(u) * disk),
        "axis step edge": ("edge", np.sign(centered)),
        "DoG of scipy": ("blob", narrow - wide),
        "LoG of scipy": ("blob", ndimage.gaussian_laplace(impulse, k / 7)[crop]),
        "1-px line": ("line", (np.abs(centered) < 0.5).astype(float)),
        "1-px line minus mean": ("line", (np.abs(centered) < 0.5) - 1 / k),
        "binary bar": ("line", np.where(np.abs(u) <= bar, 1.0, -2 * bar / (k - 2 * bar))),
        "binary bar with flanks": (
            "line",
            np.where(np.abs(u) <= bar, 2.0, np.where(np.abs(u) <= 3 * bar, -1.0, 0.0)),
        ),
        "sobel of scipy, blurred": (
            "edge",
            ndimage.sobel(ndimage.gaussian_filter(impulse, k / 8), rng.integers(2))[crop],
        ),
        "farid of scikit-image": ("edge", skimage_filters.farid_h(impulse)[crop]),
        "gabor of scikit-image": ("gabor", gabor),
        "disk blur": ("lowpass", disk.astype(float)),
        "median-of-means blur": ("lowpass", ndimage.uniform_filter(impulse, k // 2)[crop]),
    }


def outside(rng, k):
    """Kernels with certain structure that no family explains."""
    angle = rng.uniform(0, 180)
    u, v = plane(k, angle, rng.uniform(-1, 1, 2))
    wavelength = rng.uniform(2.8, k / 1.7)
    window = np.exp(-(u**2 + v**2) / (2 * (k / 3) ** 2))
    phases = rng.uniform(0, 2 * np.pi, 2)
    spot = np.zeros((k, k))
    while True:
        row, column = rng.integers(0, k, 2)
        if max(abs(row - k // 2), abs(column - k // 2)) >= 1:
            break
    spot[row, column] = 1.0
    return {
        "plaid": window
        * (
            np.cos(2 * np.pi * u / wavelength + phases[0])
            + np.cos(2 * np.pi * v / wavelength + phases[1])
        ),
        "corner": np.where((u > 0) & (v > 0), 3.0, -1.0),
        "off-center delta": spot,
    }


def white_noise(rng, n, k):
    """White kernels in turn Gaussian and uniform."""
    half = rng.normal(size=(n // 2, k, k))
    return np.concatenate([half, rng.uniform(-1, 1, (n - n // 2, k, k))])


def field_noise(rng, n, k, amplitude, side=64):
    """Crops of an isotropic random field with the given amplitude spectrum, f in cycles/pixel."""
    fy, fx = np.fft.fftfreq(side)[:, None], np.fft.fftfreq(side)[None]
    spectrum = amplitude(np.hypot(fy, fx))
    per_field = (side // (k + 3)) ** 2
    crops = []
    for _ in range(-(-n // per_field)):
        field = np.fft.ifft2(np.fft.fft2(rng.normal(size=(side, side))) * spectrum).real
        step = k + 3
        crops += [
            field[r : r + k, c : c + k]
            for r in range(0, side - k + 1, step)
            for c in range(0, side - k + 1, step)
        ]
    return np.array(crops[:n])


def smooth_noise_kinds():
    """Isotropic noise, none of it white: name → amplitude spectrum."""

    def power(exponent):
        return lambda f: np.where(f > 0, np.maximum(f, 1e-9) ** -exponent, 0.0)

    kinds = {"pink": power(1.0)}
    for sigma in (0.6, 1.0, 1.5):
        kinds[f"white blurred by sigma {sigma}"] = lambda f, s=sigma: np.exp(
            -2 * (np.pi * f * s) ** 2
        )
    for cut in (0.2, 0.3, 0.4):
        kinds[f"below {cut} c/px"] = lambda f, c=cut: (f <= c) * 1.0
    for low, high in ((0.1, 0.2), (0.15, 0.3), (0.2, 0.4), (0.25, 0.35)):
        kinds[f"{low} to {high} c/px"] = lambda f, a=low, b=high: ((f >= a) & (f <= b)) * 1.0
    return kinds


def small_pink_noise(rng, n, k):
    """Pink noise made on the kernel's own grid, without a mean."""
    f = np.hypot(np.fft.fftfreq(k)[:, None], np.fft.fftfreq(k)[None])
    f[0, 0] = np.inf
    return np.fft.ifft2(np.fft.fft2(rng.normal(size=(n, k, k))) / f).real


def awkward_noise(rng, n, k):
    """Noise that the odds were not made for: not stationary, not Gaussian, or all but constant."""
    u, v = plane(k, 0.0)
    window = np.exp(-(u**2 + v**2) / (2 * (k / 4) ** 2))
    white = rng.normal(size=(n, k, k))
    blurred = field_noise(rng, n, k, smooth_noise_kinds()["white blurred by sigma 1.0"])
    return {
        "white in a Gaussian window": white * window,
        "blurred in a Gaussian window": blurred * window,
        "one cell in five": white * (rng.random(white.shape) < 0.2),
        "brown, 1/f²": field_noise(
            rng, n, k, lambda f: np.where(f > 0, np.maximum(f, 0.01) ** -2, 0)
        ),
    }
