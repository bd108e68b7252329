"""The settings of the filter gallery, as traits: the picture, the kernels, how it looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal

import numpy as np
import traitlets
from numpy.typing import NDArray

from kernelwidgets.kernels import filters
from kernelwidgets.widgets._controls import ControlError, PictureControls, WholeNumber

__all__ = ["GalleryControls", "hand_made_kernels"]

TURNS = (0, 45, 90, 135)


class _Picture(traitlets.TraitType[Any, Any]):
    """A picture, gray or in color, that nobody writes into; None leaves it to the source."""

    def __init__(self) -> None:
        super().__init__(default_value=None, allow_none=True)
        self.tag(sync=True, control=True, to_json=_to_page, from_json=_from_page)

    def validate(self, _obj: Any, value: Any) -> NDArray[np.float32] | None:
        """Copy what can be seen as a picture; whole numbers of 0 to 255 become 0 to 1."""
        if value is None:
            return None
        if hasattr(value, "detach"):
            value = value.detach().cpu().float().numpy()
        array = np.asarray(value)
        if array.dtype.kind not in "uifb":
            raise ControlError(f"{self.name} is an array of numbers, not {type(value).__name__}")
        if array.ndim == 3 and array.shape[-1] != 3 and array.shape[0] in (1, 3):
            array = array.transpose(1, 2, 0)
        if array.ndim == 3 and array.shape[-1] == 1:
            array = array[..., 0]
        if array.size == 0 or not (array.ndim == 2 or (array.ndim == 3 and array.shape[-1] == 3)):
            raise ControlError(
                f"{self.name} is gray (rows, columns), or in color (rows, columns, 3) or "
                f"(3, rows, columns), not of shape {np.shape(value)}"
            )
        scale = 255 if array.dtype == np.uint8 else 1
        picture: NDArray[np.float32] = (array / scale).astype(np.float32)
        if not np.isfinite(picture).all():
            raise ControlError(
                f"{self.name} holds numbers that are not finite; np.nan_to_num replaces them"
            )
        picture.setflags(write=False)
        return picture


def _to_page(picture: NDArray[np.float32] | None, _widget: Any) -> dict[str, Any] | None:
    if picture is None:
        return None
    return {"shape": list(picture.shape), "data": picture.astype("<f4").tobytes()}


def _from_page(state: Mapping[str, Any] | None, _widget: Any) -> NDArray[np.float32] | None:
    if state is None:
        return None
    try:
        return np.frombuffer(state["data"], "<f4").reshape(state["shape"])
    except (KeyError, TypeError, ValueError) as error:
        raise ControlError(f"the page sent a picture that cannot be read: {error}") from error


class _HandMade(traitlets.TraitType[Any, Any]):
    """Kernels with names: names of `kw.filters`, or names and arrays; None is our choice."""

    def validate(self, _obj: Any, value: Any) -> Any:
        """Check the names, and copy arrays."""
        if value is None:
            return None
        if isinstance(value, Mapping):
            return {str(name): _plane(str(name), array) for name, array in value.items()}
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise ControlError(
                f"{self.name} is a list of names of kw.filters, or a dict of names and arrays, "
                f"not {value!r}"
            )
        for name in value:
            if name not in filters.names():
                known = ", ".join(filters.names())
                raise ControlError(f"no hand-made kernel {name!r}; there are {known}")
        return tuple(value)


def _plane(name: str, value: Any) -> NDArray[np.float64]:
    if hasattr(value, "detach"):
        value = value.detach().cpu().double().numpy()
    try:
        kernel = np.array(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ControlError(f"the kernel {name!r} is no array of numbers: {error}") from error
    if kernel.ndim != 2 or kernel.size == 0 or not np.isfinite(kernel).all():
        raise ControlError(
            f"the kernel {name!r} is an array of finite numbers of shape (rows, columns), "
            f"not {kernel.shape}"
        )
    kernel.setflags(write=False)
    return kernel


class _OddSize(WholeNumber):
    """Cells along a side, with one in the middle."""

    def validate(self, obj: Any, value: Any) -> Any:
        """Take an odd number from 3."""
        size = super().validate(obj, value)
        if size is not None and size % 2 == 0:
            raise ControlError(f"{self.name} is an odd number, so that a cell lies in the middle")
        return size


class _Place(WholeNumber):
    """A kernel by its place in the gallery; its name will do, too."""

    def validate(self, obj: Any, value: Any) -> Any:
        """Take a place from 0, or a name."""
        if not isinstance(value, str):
            return super().validate(obj, value)
        if value not in obj.names:
            raise ControlError(f"no kernel {value!r}; there are {', '.join(obj.names)}")
        return obj.names.index(value)


class GalleryControls(PictureControls):
    """What is filtered, and what with."""

    image = _Picture()
    hand_made = _HandMade(None, allow_none=True).tag(control=True)
    size = _OddSize(None, allow_none=True, min=3).tag(control=True)
    enlarged = _Place(0, min=0).tag(sync=True, control=True)
    resolution = WholeNumber(192, min=8).tag(sync=True, control=True)
    present = traitlets.Bool(False).tag(sync=True, control=True)


def hand_made_kernels(chosen: Any, size: int) -> dict[str, NDArray[np.float64]]:
    """The hand-made kernels by the names that they get in the gallery.

    Parameters
    ----------
    chosen
        Names, a mapping of names to arrays, or None for a dozen that show what kernels can do.
    size
        Cells along a side, for those that are made here; odd.

    Raises
    ------
    ControlError
        If a kernel does not exist at this size.
    """
    if isinstance(chosen, Mapping):
        return dict(chosen)
    if chosen is None:
        return {name: make(size) for name, make in _dozen(size).items()}
    kernels = {}
    for name in chosen:
        try:
            kernel = filters.make(name, size=size)
            kernels[name.replace("_", " ").capitalize()] = _plane(name, kernel)
        except ValueError as error:
            raise ControlError(f"{error} (size={size})") from error
    return kernels


def _slope(size: int, direction: Literal["x", "y"]) -> NDArray[np.float64]:
    """Sobel's kernel, whose answer to a step is that of its 3×3 at every size.

    The integers of a large one are products of binomials: 13×13 would answer in millions.
    """
    kernel = filters.sobel(size, direction=direction)
    kernel *= 8 / np.abs(kernel).sum()
    return kernel


def _dozen(size: int) -> dict[str, Callable[[int], NDArray[np.float64]]]:
    """Makers of a dozen kernels: smoothing, slopes, bends and, where they fit, Gabors."""
    small = size < 5
    # The odd phase answers to edges, and to nothing where a picture is plain.
    stripes = filters.gaussian_derivative if small else partial(filters.gabor, phase_deg=90)
    word, turns = ("Slope", (45, 135)) if small else ("Gabor", TURNS)
    return {
        "Sobel x": partial(_slope, direction="x"),
        "Sobel y": partial(_slope, direction="y"),
        "Laplacian": filters.laplacian if small else filters.laplacian_of_gaussian,
        "Gaussian": filters.gaussian,
        "Sharpen": filters.sharpen,
        # A large one shows little else than the slope.
        "Emboss": lambda _size: filters.emboss(3),
        **{f"{word} {turn}°": partial(stripes, angle_deg=turn) for turn in turns},
        **{
            f"Line {turn}°": partial(filters.line, angle_deg=turn)
            for turn in (TURNS if small else (0, 90))
        },
    }
