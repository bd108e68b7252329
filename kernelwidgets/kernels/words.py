"""Descriptions in words, for students: what a kernel answers to, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .nulls import calibrated_on_smooth

if TYPE_CHECKING:
    from .description import KernelDescription

_RAREST = 0.0011
_PLAIN = {
    "delta": "passes the picture on unchanged (identity)",
    "lowpass": "blurs (low-pass)",
    "sharpen": "sharpens (keeps the picture and adds its fine detail)",
    "blob": "spot detector (center against surround, like a Laplacian)",
    "checkerboard": "checkerboard detector (the finest pattern there is)",
}


def sentence(told: KernelDescription) -> str:
    """Return one sentence: what the kernel does, what it resembles, how often noise does too."""
    if told.family is None:
        return (
            f"pointwise: multiplies each value by {told.dc_gain:.3g}; a single number has no shape"
        )
    if told.family == "dead":
        return "dead: all weights are next to zero beside the strongest kernel's"
    likeness = f"r = {told.match.r:.2f} to {told.match.name}"
    if told.family == "unstructured":
        return f"no structure that noise does not have: {likeness}; {_odds(told)}"
    if told.family == "other":
        return f"structured, but none of the families explains it: {likeness}; {_odds(told)}"
    parts = [f"{_what(told)}: {likeness}", _odds(told)]
    if told.symmetry == "odd":
        parts.append("true convolution would turn its sign")
    return "; ".join(parts)


def direction_words(normal_deg: float | None) -> str:
    """Return the word for stripes that follow each other in that direction.

    Stripes that follow each other along x are vertical.
    """
    if normal_deg is None:
        return "undirected"
    words = {0: "vertical", 45: "falling diagonal", 90: "horizontal", 135: "rising diagonal"}
    for angle, word in words.items():
        if abs((normal_deg - angle + 90) % 180 - 90) <= 11.25:
            return word
    return f"{(normal_deg + 90) % 180:.0f}°"


def _what(told: KernelDescription) -> str:
    one_dimensional = told.kernel.ndim == 1
    if told.family == "edge":
        if one_dimensional:
            return "step detector (first derivative)"
        return f"{direction_words(told.normal_deg)} edge detector (first derivative{_along(told)})"
    if told.family == "line":
        if one_dimensional:
            return "peak detector (second derivative)"
        kind = f"second derivative{_along(told)}"
        if told.response == "lowpass":
            kind = "blurs along it"
        return f"{direction_words(told.normal_deg)} line detector ({kind})"
    if told.family == "gabor":
        spacing = f"{told.wavelength_px:.1f} px apart" if told.wavelength_px else "of any width"
        stripes = "waves" if one_dimensional else f"{direction_words(told.normal_deg)} stripes"
        return f"detector of {stripes} {spacing} (Gabor)"
    return _PLAIN[str(told.family)]


def _along(told: KernelDescription) -> str:
    if told.normal_deg is None:
        return ""
    axis = {"vertical": " along x", "horizontal": " along y"}.get(direction_words(told.normal_deg))
    return axis or f" at {told.normal_deg:.0f}°"


def _odds(told: KernelDescription) -> str:
    size = "×".join(map(str, told.kernel.shape)) + ("-tap" if told.kernel.ndim == 1 else "")
    share = _one_in(told.null_share)
    verb = "comes" if share.startswith("1 ") else "come"
    if calibrated_on_smooth(told.kernel.shape):
        return f"{share} random {size} kernels as smooth as this one {verb} this close"
    odds = f"{share} random {size} kernels {verb} this close"
    if told.smooth_share <= max(2 * told.null_share, _RAREST):
        return odds
    return f"{odds}, but {_one_in(told.smooth_share)} of those as smooth as this one"


def _one_in(share: float) -> str:
    if share <= _RAREST:
        return "fewer than 1 in 1,000"
    if share > 0.4:
        return "half or more of all"
    return f"1 in {_rounded(1 / share)}"


def _rounded(number: float) -> str:
    digits = 1 if number >= 20 else 0
    return f"{round(number, -digits):,.0f}"
