"""Every sum of a convolution, step by step."""

from __future__ import annotations

import threading
import weakref
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import numpy as np
import traitlets
from numpy.typing import NDArray

from kernelwidgets.export.exhibit import Exhibit
from kernelwidgets.export.page import front_end
from kernelwidgets.export.still import Pixels, draw_convolution, encode_png
from kernelwidgets.kernels.trace import Trace, trace
from kernelwidgets.widgets._controls import ControlError
from kernelwidgets.widgets._mail import Mail
from kernelwidgets.widgets._synced import SyncedWidget
from kernelwidgets.widgets.explorer_follow import Follower, is_source
from kernelwidgets.widgets.explorer_traits import (
    ExplorerControls,
    apply_settings,
    output_shape,
)
from kernelwidgets.wire.schema import Answer, PageError, Visible

__all__ = ["ConvolutionExplorer"]


class ConvolutionExplorer(SyncedWidget, ExplorerControls):
    """Input, kernel and output side by side, with every sum written out.

    `ConvolutionExplorer(image, kernel)` works on arrays. `ConvolutionExplorer(source, layer,
    kernel)` shows a kernel of a network while it learns, and what it makes of the probe picture.

    Parameters
    ----------
    image
        One picture or signal: (*spatial) for a bare kernel, (in, *spatial) for a layer's kernels.
    kernel
        The kernel (*k), or a layer's kernels (out, in / groups, *k), 1-D or 2-D. With a source: a
        filter (out), or one kernel (out, in) of it.
    source, layer
        A network, one of its layers, or what `watch` returned; and the name or position of a layer.
    settings
        Every attribute below, by its name.

    Attributes
    ----------
    mode
        "cross-correlation" (what deep-learning frameworks compute and call convolution) or
        "convolution" (the kernel turned by 180° first).
    padding
        "valid" (none), "same" (the output is as large as the input), "full" (every overlap), or
        cells on both sides: one number, or one for each axis.
    padding_mode
        "zeros", "reflect", "replicate" or "circular".
    stride, dilation
        One number, or one for each axis.
    groups
        Groups of channels that do not see each other.
    bias
        A number, or one for each filter.
    relu, pool
        Further stages: pool is None, "max" or "average", or such a word with the side of its
        window, as in ("max", 2).
    channel
        The filter on show, counted from 0.
    position
        The output number on show, counted from 0 along each axis.

    Raises
    ------
    TypeError
        If there is no such setting.
    ValueError
        If a setting is impossible, alone or with the others. To change several that depend on each
        other, use `with explorer.hold_trait_notifications():`.

    Notes
    -----
    A hand in the page may choose impossible settings: the page says why there is no output, and
    `output` raises.
    """

    _esm = traitlets.Unicode().tag(sync=True)
    _live = traitlets.Any(None, allow_none=True).tag(sync=True)

    def __init__(self, *what: Any, **settings: Any) -> None:
        given = _named(what, settings)
        self._follower: Follower | None = None
        if "source" in given:
            follower = Follower(self, given.pop("source"), given.pop("layer"), given.pop("kernel"))
            given = follower.first_state() | given
            self._follower = follower
        self._check_names(given.keys() - {"layout", "_live"})
        self._unchecked = threading.local()
        given.setdefault("position", (0,) * _axes(np.ndim(given["kernel"])))
        super().__init__(**given)
        self.observe(self._keep_inside, names=self.controls())
        if self._follower is not None:
            self._leave = weakref.finalize(self, self._follower.start())
            self._mail = Mail(self._follower.source, self.send, self.say)

    @traitlets.default("_esm")
    def _default_esm(self) -> str:
        return front_end("explorer")

    @property
    def output(self) -> NDArray[np.float64]:
        """The result after all stages: (out, *spatial), or (*spatial) for a bare kernel.

        Raises
        ------
        ValueError
            If a hand in the page has chosen settings that are impossible together.
        """
        return apply_settings(self._settings())

    @property
    def trace(self) -> Trace:
        """The sum at `position`, product by product."""
        names = ("mode", "padding", "padding_mode", "stride", "dilation", "groups")
        outs = len(self.kernel) if self.kernel.ndim > 2 else 1
        return trace(
            self.image,
            self.kernel,
            self.position,
            np.broadcast_to(self.bias, outs),
            channel=self.channel,
            **{name: getattr(self, name) for name in names},
        )

    def set_state(self, sync_data: Any) -> None:
        """Take settings from the page, where even impossible ones may be looked at."""
        with self._one_by_one():
            super().set_state(sync_data)

    def follow(self, state: dict[str, Any]) -> None:
        """Take what the network holds now."""
        with self._one_by_one():
            self.apply(state)

    def close(self) -> None:
        """Take the view off the page and leave the network."""
        if hasattr(self, "_leave"):
            self._leave()
            self._mail.close()
        super().close()

    @contextmanager
    def _one_by_one(self) -> Iterator[None]:
        """Settings from this thread are checked each by itself, not together."""
        self._unchecked.now = True
        try:
            yield
        finally:
            self._unchecked.now = False

    def _settings(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.controls()}

    @traitlets.validate(*ExplorerControls.class_trait_names(control=True))
    def _check_together(self, proposal: Any) -> Any:
        name, value = proposal["trait"].name, proposal["value"]
        if getattr(self._unchecked, "now", False):
            return value
        outs, *shape = output_shape(self._settings() | {name: value})
        if name == "position" and not (
            len(value) == len(shape) and all(p < n for p, n in zip(value, shape, strict=True))
        ):
            raise ControlError(
                f"the output has shape {tuple(shape)}; position {value} lies outside"
            )
        if name == "channel" and value >= outs:
            raise ControlError(f"there are {outs} filters, counted from 0; {value} is none of them")
        return value

    def _keep_inside(self, change: Any) -> None:
        if change["name"] in ("position", "channel"):
            return
        try:
            outs, *shape = output_shape(self._settings())
        except ControlError:
            return
        old = self.position if len(self.position) == len(shape) else (0,) * len(shape)
        position = tuple(min(p, n - 1) for p, n in zip(old, shape, strict=True))
        with self.hold_sync():
            if position != self.position:
                self.position = position
            if self.channel >= outs:
                self.channel = 0

    def _handle_custom_msg(self, content: Any, buffers: Any) -> None:  # noqa: ARG002  # ipywidgets' own
        if isinstance(content, dict) and "event" in content:
            event = self.event_of(content)
            if isinstance(event, Visible) and self._follower is not None:
                self._follower.mount(event)
            elif isinstance(event, PageError):
                self.say(event.text)
        elif self._follower is not None:
            self._mail.take(content)
        else:
            known = content.get("id", "") if isinstance(content, dict) else ""
            refusal = Answer(id=str(known), ok=False, error="these are arrays; nothing trains")
            self.send({"answer": msgspec.to_builtins(refusal)})

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        if self._follower is not None:
            self._follower.displayed = True
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        data["text/plain"] = repr(self)
        picture = self._still()
        if picture is not None:
            data["image/png"] = b64encode(encode_png(picture)).decode("ascii")
        return data, metadata

    def _still(self) -> Pixels | None:
        try:
            output = self.output
        except ControlError:
            return None
        axes = _axes(self.kernel.ndim)
        kernel = self.kernel
        if kernel.ndim > 2:
            kernel, output = kernel[self.channel], output[self.channel]
        # Of several channels the first is seen.
        first = (
            array.reshape(-1, *array.shape[-axes:])[0] for array in (self.image, kernel, output)
        )
        return draw_convolution(*(plane.reshape(-1, plane.shape[-1]) for plane in first))

    def _exhibit_(self) -> Exhibit:
        state = self.get_state(self.controls())
        # There its kernel is an array like any other, and can be edited.
        about = self._live["text"] if self._live else ""
        title = "Convolution, step by step"
        state |= {"_live": None}
        return Exhibit("explorer", state, title, about, picture=self._still())

    def __repr__(self) -> str:
        image, kernel = ("×".join(map(str, part.shape)) for part in (self.image, self.kernel))
        return f"ConvolutionExplorer: {self.mode} of {image} with {kernel}"


def _axes(ndim: int) -> int:
    return ndim - 2 if ndim > 2 else ndim


def _named(what: tuple[Any, ...], settings: dict[str, Any]) -> dict[str, Any]:
    """Positional arguments by their names: a source leads to other ones than an array."""
    on_source = is_source(what[0]) if what else "source" in settings
    names = ("source", "layer", "kernel") if on_source else ("image", "kernel")
    if len(what) > len(names):
        raise TypeError(
            f"ConvolutionExplorer takes ({', '.join(names)}) here, and settings by name"
        )
    given = dict(zip(names, what, strict=False))
    twice = set(given) & set(settings)
    if twice:
        raise TypeError(f"ConvolutionExplorer got {', '.join(twice)} twice")
    given |= settings
    if on_source:
        return {"layer": None, "kernel": None} | given
    for name in names:
        if name not in given:
            raise TypeError(
                f"ConvolutionExplorer needs {name}=: ConvolutionExplorer(image, kernel) on arrays, "
                "ConvolutionExplorer(source, layer, kernel) on a network"
            )
    return given
