"""The explorer on a network: its kernel as it learns, and the picture that it reads."""

from __future__ import annotations

import sys
import weakref
from typing import Any, Protocol

import msgspec
import numpy as np

from kernelwidgets.recording import Recording
from kernelwidgets.sources import as_source, layer_of
from kernelwidgets.widgets._controls import ControlError
from kernelwidgets.widgets._layers import find_layer, require_flat
from kernelwidgets.widgets._slow import SlowSubscriber
from kernelwidgets.wire.explorer import LiveKernel
from kernelwidgets.wire.schema import LayerInfo, SourceInfo
from kernelwidgets.wire.source import Frame, Request, Source, Want

__all__ = ["Follower", "is_source"]

STAND_IN = np.outer(np.ones(28), np.arange(28) >= 14).astype(float)
"""A picture for networks that have not been given one: an edge."""


def is_source(x: Any) -> bool:
    """Whether this is a network, a layer, or something that views can draw from."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(x, torch.nn.Module):
        return True
    return isinstance(x, (Source, Recording)) and not isinstance(x, type)


class Screen(Protocol):
    """What is filled: the explorer."""

    image: Any

    def follow(self, state: dict[str, Any]) -> None:
        """Set traits as one message, whatever the other settings are."""


class Follower(SlowSubscriber):
    """The subscriber of one explorer, which it does not keep alive."""

    def __init__(self, screen: Screen, source: Any, layer: Any, kernel: Any) -> None:
        super().__init__(as_source(source))
        # A live model at rest looks at a new probe when its layers are asked for.
        getattr(self.source, "layers", None)
        self._screen = weakref.ref(screen)
        self._info = self._find(layer_of(source, layer))
        self._out, self._ins = self._place(kernel)
        info = self._info
        self._whole = self._ins == (0, info.shape[1])
        self._weight = Want("weight", info.name, (self._out,), self._ins)
        self._bias = Want("bias", info.name, (self._out,))
        self._probe = Want("probe")
        wants = {self._weight, self._probe} | ({self._bias} if info.bias else set())
        self._request = Request(frozenset(wants))
        self._picture: Any = None

    def first_state(self) -> dict[str, Any]:
        """All traits at the start."""
        info = self._info
        pads = [after for _, after in info.padding]
        even = all(before == after for before, after in info.padding)
        return {
            "padding": tuple(pads) if even else "same",
            "padding_mode": info.padding_mode,
            "stride": tuple(info.stride),
            "dilation": tuple(info.dilation),
            **self._state(self.source.read(self._request)),
        }

    def wanted(self) -> Request | None:
        """The kernel and its picture."""
        return None if self._screen() is None else self._request

    def take(self, frame: Frame) -> None:
        """Show the kernel as it is now, and the picture unless somebody has put another there."""
        screen = self._screen()
        if screen is None:
            return
        shown = self._picture
        state = self._state(frame)
        if not np.array_equal(shown, screen.image) or np.array_equal(shown, self._picture):
            state.pop("image")
        screen.follow(state)

    def deliver_info(self, info: SourceInfo) -> None:
        """Take new facts of the layer."""
        self._info = next((new for new in info.layers if new.name == self._info.name), self._info)

    def _state(self, frame: Frame) -> dict[str, Any]:
        info = self._info
        weight = frame.arrays[self._weight].astype(np.float64)
        bias = frame.arrays.get(self._bias)
        self._picture = self._read_picture(frame)
        name = f"Filter {self._out} of {info.name}"
        if not self._whole:
            name = f"Kernel {self._ins[0]} of filter {self._out} of {info.name}"
        reads = "" if info.reads_image else ", which reads other maps, on the probe picture"
        verbs = self.source.info.verbs
        return {
            "kernel": weight,
            # One kernel of several makes no output by itself: its bias belongs to their sum.
            "bias": float(bias[0]) if bias is not None and self._whole else 0.0,
            "image": self._picture,
            "_live": msgspec.to_builtins(
                LiveKernel(
                    layer=info.name,
                    first=int(np.ravel_multi_index((self._out, self._ins[0]), info.shape[:2]))
                    * int(np.prod(info.shape[2:])),
                    text=f"{name}{reads}, after step {frame.step}.",
                    editable="edit" in verbs,
                )
            ),
        }

    def _read_picture(self, frame: Frame) -> Any:
        info, axes = self._info, len(self._info.kernel_size)
        probe = frame.arrays.get(self._probe)
        depth = self._ins[1] - self._ins[0]
        if probe is None or probe.ndim != axes + 1:
            plain = STAND_IN if axes == 2 else STAND_IN[0]
            return np.broadcast_to(plain, (depth, *plain.shape))
        if info.reads_image and len(probe) == info.in_channels:
            group = self._out // (info.shape[0] // info.groups)
            first = group * info.shape[1] + self._ins[0]
            return probe[first : first + depth].astype(np.float64)
        return np.broadcast_to(probe.mean(axis=0, dtype=np.float64), (depth, *probe.shape[1:]))

    def _find(self, layer: Any) -> LayerInfo:
        layers = self.source.info.layers
        if not layers:
            raise ControlError("this network has no convolution layer")
        found = find_layer(self.source, layers, 0 if layer is None else layer)
        return require_flat(found, "the explorer")

    def _place(self, kernel: Any) -> tuple[int, tuple[int, int]]:
        outs, depth = self._info.shape[:2]
        default = 0 if self._info.reads_image else (0, 0)
        place = default if kernel is None else kernel
        out, into = (place, None) if isinstance(place, int) else tuple(place)
        if not (0 <= out < outs and (into is None or 0 <= into < depth)):
            raise ControlError(
                f"kernel is a filter or (filter, input), counted from 0; {self._info.name!r} has "
                f"{outs} × {depth}, so not {kernel!r}"
            )
        return out, (0, depth) if into is None else (into, into + 1)
