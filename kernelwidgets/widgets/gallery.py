"""One picture through many kernels."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec
import numpy as np
import traitlets
from numpy.typing import NDArray

from kernelwidgets.export.exhibit import Exhibit
from kernelwidgets.export.page import front_end
from kernelwidgets.export.still import Pixels, draw_convolution
from kernelwidgets.sources import as_source, layer_of
from kernelwidgets.widgets._base import View
from kernelwidgets.widgets._controls import ControlError
from kernelwidgets.widgets._plan import Plan
from kernelwidgets.widgets._shown import Shown
from kernelwidgets.widgets.explorer_follow import is_source
from kernelwidgets.widgets.gallery_pictures import LUMINANCE, reduced, respond
from kernelwidgets.widgets.gallery_traits import GalleryControls, hand_made_kernels
from kernelwidgets.wire.array_source import ArraySource
from kernelwidgets.wire.arrays import Packer
from kernelwidgets.wire.gallery import GalleryTraits, HandMade
from kernelwidgets.wire.schema import LayerInfo, Part, SourceInfo
from kernelwidgets.wire.source import Request, Want

__all__ = ["FilterGallery"]

ALONE_SIZE, MOST_SIZE = 7, 15
LOOK = ("layer", "sample", "palette", "present")


class FilterGallery(View, GalleryControls):
    """One picture through many kernels: hand-made ones beside those that a network learns.

    `FilterGallery(image)` shows hand-made kernels, `FilterGallery(image, kernels)` others beside
    them, `FilterGallery(source, layer)` those of a network while it learns. In the page the picture
    can be a sample, a file, a drawing or what the camera sees, which never leaves the page.

    Parameters
    ----------
    image
        A picture (rows, columns), (rows, columns, 3) or (3, rows, columns); of 0 to 1, or 0 to 255
        in whole numbers.
    kernels
        Kernels (n, rows, columns), or (n, channels, rows, columns) with 1 or 3 channels, or a
        source. Names, or a mapping of names to single kernels, are taken as `hand_made`.
    source, layer
        A network, one of its layers, a recording, or what `watch` returned; and the name or
        position of a layer that reads a picture.
    settings
        Every attribute below, by its name.

    Attributes
    ----------
    image
        The picture on show as (rows, columns) or (rows, columns, 3); None is the probe picture of
        the source or, where it has none, a sample of the page. A camera's pictures are never here.
    hand_made
        Names of `kw.filters`, or a mapping of names to kernels; None is a dozen, () is none.
    size
        Cells along a side of the hand-made kernels, odd; None takes that of the learned ones.
    enlarged
        The kernel that is shown large, counted from 0, hand-made ones first; its name will do.
    resolution
        Pixels along the longer side of a picture at most: a larger one is averaged down before it
        is filtered.
    layer, sample
        The layer, and the probe picture, counted from 0.
    palette
        "RdBu", "PuOr" or "gray", for what kernels answer. Kernels with the sum 1 keep the
        brightness: they make a picture of a picture, which is shown as one.
    present
        Large text and tiles, for a projector.

    Raises
    ------
    TypeError
        If there is no such setting.
    ValueError
        If a setting is impossible, or a layer does not read a picture.
    """

    _view = traitlets.Unicode("filter-gallery").tag(sync=True)
    _hand_made: traitlets.List[Any] = traitlets.List().tag(sync=True)

    parts: ClassVar[frozenset[Part]] = frozenset({"kernels", "probe"})

    def __init__(self, *what: Any, layout: str | None = None, **settings: Any) -> None:
        source, settings = _arranged(what, settings)
        settings["layer"] = layer_of(source, settings.pop("layer", None))
        source = ArraySource({}) if source is None else as_source(source, layout)
        # A live model at rest looks at a new probe when its layers are asked for.
        getattr(source, "layers", None)
        enlarged = settings.pop("enlarged", 0)
        super().__init__(source, **settings)
        self._make()
        self.observe(self._make, names=["hand_made", "size", "layer", "_info"])
        self.enlarged = enlarged

    @traitlets.default("_esm")
    def _default_esm(self) -> str:
        return front_end("gallery")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all kernels, hand-made ones first."""
        return (*self._kernels, *self._learned_names())

    @property
    def responses(self) -> dict[str, NDArray[np.float64]]:
        """What each kernel makes of the picture, by its name: arrays (rows, columns).

        The kernel slides as it stands (cross-correlation) over the picture at its `resolution`,
        whose border is repeated, without a bias or stride of the layer. A hand-made kernel with the
        sum 1 makes a picture of a picture: (rows, columns, 3) of one in color.

        Raises
        ------
        ValueError
            If the page shows a sample of its own, which Python does not have.
        """
        info = self.layer_info
        weight, probe = Want("weight", self.layer), Want("probe", sample=self.sample)
        frame = self._source.read(Request(frozenset({probe} | ({weight} if info else set()))))
        picture = self.image
        if picture is None:
            if probe not in frame.arrays:
                raise ValueError("the page shows a sample of its own; set image= to a picture")
            picture = np.moveaxis(frame.arrays[probe], 0, -1)
        kernels: list[tuple[NDArray[np.float64], Any]]
        kernels = [(kernel[None], 1) for kernel in self._kernels.values()]
        if info is not None:
            kernels += [(kernel, info.dilation) for kernel in _dense(frame.arrays[weight], info)]
        answers = (respond(picture, *kernel, self.resolution) for kernel in kernels)
        return dict(zip(self.names, answers, strict=True))

    def _learned_names(self) -> list[str]:
        info = self.layer_info
        return [f"{info.name} {out}" for out in range(info.shape[0])] if info else []

    def _make(self, _change: Any = None) -> None:
        self._kernels = self._made(self.hand_made, self.size)
        made = [
            HandMade(name=name, shape=kernel.shape, values=kernel.ravel().tolist())
            for name, kernel in self._kernels.items()
        ]
        with self.hold_sync():
            self.apply({"_hand_made": msgspec.to_builtins(made)})
            if self.enlarged >= len(self.names):
                self.enlarged = 0

    def _made(self, chosen: Any, size: int | None) -> dict[str, NDArray[np.float64]]:
        info = self.layer_info
        if size is None:
            size = min(MOST_SIZE, max(3, *info.kernel_size)) | 1 if info else ALONE_SIZE
        return hand_made_kernels(chosen, size)

    @traitlets.validate("hand_made", "size")
    def _check_made(self, proposal: Any) -> Any:
        name, value = proposal["trait"].name, proposal["value"]
        chosen, size = (value, self.size) if name == "hand_made" else (self.hand_made, value)
        self._made(chosen, size)
        return value

    @traitlets.validate("enlarged")
    def _check_enlarged(self, proposal: Any) -> Any:
        value, names = proposal["value"], self.names
        if value >= max(1, len(names)):
            raise ControlError(
                f"enlarged is one of {len(names)} kernels, counted from 0; {value} is none of them"
            )
        return value

    def _first_of(self, info: SourceInfo) -> str:
        fit = next((layer.name for layer in info.layers if not _misfit(layer)), "")
        if info.layers and not fit:
            raise ControlError(_misfit(info.layers[0]))
        return fit

    def _name_of(self, layer: Any) -> str:
        name = super()._name_of(layer)
        info = next((info for info in self._feed.facts.layers if info.name == name), None)
        if info is not None and _misfit(info):
            raise ControlError(_misfit(info))
        return name

    def _still(self) -> Pixels | None:
        if self.image is None or self.enlarged >= len(self._kernels):
            return super()._still()
        kernel = list(self._kernels.values())[self.enlarged]
        gray = reduced(self.image, self.resolution)
        if gray.ndim > 2:
            gray = gray @ LUMINANCE
        return draw_convolution(gray, kernel, respond(gray, kernel[None], 1, self.resolution))

    def _exhibit_(self) -> Exhibit:
        plan = Plan(self.layer_info, self.choice(), Shown(self.parts), None, touchable=False)
        frame, packer, probes = self._source.read(plan.request), Packer(), Packer()
        header, probe = plan.pack(frame, 1, packer), plan.probe(frame, probes)
        state = self.get_state([*typing.get_type_hints(GalleryTraits), "_info", "_status", *LOOK])
        if self.image is not None:
            # The page averages it down in any case.
            small = reduced(self.image, self.resolution).astype("<f4")
            state["image"] = {"shape": list(small.shape), "data": small.tobytes()}
        state |= {
            "_frame": msgspec.to_builtins(header),
            "_data": packer.bytes(),
            "_probe": probe and msgspec.to_builtins(probe[0]),
            "_probe_data": probes.bytes(),
            "_message": "",
        }
        about = self._source.info.about
        if frame.step:
            about += f" The learned kernels are those of step {frame.step}; they stand still here."
        title = "One picture through many kernels"
        return Exhibit("gallery", state, title, about, picture=self._still())

    def __repr__(self) -> str:
        info = self.layer_info
        learned = f" and {info.text}, step {self._feed.status.step}" if info else ""
        return f"{type(self).__name__}: {len(self._kernels)} hand-made kernels{learned}"


def _arranged(what: tuple[Any, ...], settings: dict[str, Any]) -> tuple[Any | None, dict[str, Any]]:
    """The source, or None, and the settings: (image, kernels), (source, layer) or both."""
    on_source = is_source(what[0]) if what else "source" in settings
    names = ("source", "layer") if on_source else ("image", "kernels", "layer")
    if len(what) > len(names):
        raise TypeError(f"FilterGallery takes ({', '.join(names)}) here, and settings by name")
    given = dict(zip(names, what, strict=False))
    twice = set(given) & set(settings)
    if twice:
        raise TypeError(f"FilterGallery got {', '.join(sorted(twice))} twice")
    given |= settings
    kernels = given.pop("kernels", None)
    source = given.pop("source", None)
    if source is not None and kernels is not None:
        raise TypeError("FilterGallery takes a source or kernels; hand-made ones go to hand_made=")
    if _named(kernels):
        given.setdefault("hand_made", kernels)
        kernels = None
    return source if kernels is None else kernels, given


def _named(kernels: Any) -> bool:
    """Whether these are hand-made kernels: names, or single kernels by their names."""
    if isinstance(kernels, Mapping):
        return bool(kernels) and all(np.ndim(kernel) == 2 for kernel in kernels.values())
    return isinstance(kernels, (list, tuple)) and any(isinstance(each, str) for each in kernels)


def _misfit(info: LayerInfo) -> str:
    """Why a layer cannot be applied to a picture; "" where it can."""
    if info.transposed or len(info.kernel_size) != 2:
        return f"{info.name!r} is {info.kind}; the gallery shows 2-D convolutions"
    if info.in_channels not in (1, 3):
        return (
            f"{info.name!r} reads {info.in_channels} channels; a picture has 1 (gray) or 3: "
            "choose a layer that reads the picture, or kernels[:, :1]"
        )
    return ""


def _dense(weight: NDArray[Any], info: LayerInfo) -> NDArray[np.float64]:
    """Filters (out, in, rows, columns) that read all channels of the input, zero beside a group."""
    outs, depth = weight.shape[:2]
    dense = np.zeros((outs, info.in_channels, *weight.shape[2:]))
    for out in range(outs):
        first = out // (outs // info.groups) * depth
        dense[out, first : first + depth] = weight[out]
    return dense
