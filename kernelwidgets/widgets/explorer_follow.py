"""The explorer on a network: its kernel as it learns, and the picture that it reads."""

from __future__ import annotations

import sys
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any, Protocol

import msgspec
import numpy as np

from kernelwidgets.sources import as_source
from kernelwidgets.widgets._controls import ControlError
from kernelwidgets.widgets._shown import Mounted
from kernelwidgets.wire.explorer import LiveKernel
from kernelwidgets.wire.schema import LayerInfo, SourceInfo, Status, Visible
from kernelwidgets.wire.source import Frame, Request, Source, Want

__all__ = ["Follower", "is_source"]

EVERY_S = 0.1
STAND_IN = np.outer(np.ones(28), np.arange(28) >= 14).astype(float)
"""A picture for networks that have not been given one: an edge."""


def is_source(x: Any) -> bool:
    """Whether this is a network, a layer, or something that views can draw from."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(x, torch.nn.Module):
        return True
    return isinstance(x, Source) and not isinstance(x, type)


class Screen(Protocol):
    """What is filled: the explorer."""

    image: Any

    def follow(self, state: dict[str, Any]) -> None:
        """Set traits as one message, whatever the other settings are."""


class Follower:
    """The subscriber of one explorer, which it does not keep alive.

    Attributes
    ----------
    displayed
        Whether some page was given the explorer.
    """

    def __init__(self, screen: Screen, source: Any, layer: Any, kernel: Any) -> None:
        self.source: Source = as_source(source)
        self.displayed = False
        # A live model at rest looks at a new probe when its layers are asked for.
        getattr(self.source, "layers", None)
        self._screen = weakref.ref(screen)
        self._info = self._find(layer)
        self._out, self._ins = self._place(kernel)
        info = self._info
        self._whole = self._ins == (0, info.shape[1])
        self._weight = Want("weight", info.name, (self._out,), self._ins)
        self._bias = Want("bias", info.name, (self._out,))
        self._probe = Want("probe")
        wants = {self._weight, self._probe} | ({self._bias} if info.bias else set())
        self._request = Request(frozenset(wants))
        self._mounted = Mounted()
        self._picture: Any = None
        self._at = -np.inf
        self._timer: threading.Timer | None = None

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

    def start(self) -> Callable[[], None]:
        """Follow from now on; returns the call that ends it."""
        return self.source.subscribe(self)

    def mount(self, event: Visible) -> None:
        """A mounted view says whether it can be seen."""
        self._mounted.note(event)
        self.source.wake()

    # As the source's subscriber

    def request(self) -> Request | None:
        """The kernel and its picture; None while nothing can be seen."""
        if self._screen() is None:
            return None
        unheard = self.displayed and not self._mounted.heard
        resting = self.source.status.state != "running"
        return self._request if unheard or resting or self._mounted.shown() else None

    def ready(self) -> bool:
        """Whether some time has passed since the last frame; if not, the source is woken then."""
        wait_s = self._at + EVERY_S - time.monotonic()
        if wait_s > 0 and self._timer is None:
            self._timer = threading.Timer(wait_s, _pay, [weakref.ref(self)])
            self._timer.daemon = True
            self._timer.start()
        return wait_s <= 0

    def deliver(self, frame: Frame) -> None:
        """Show the kernel as it is now, and the picture unless somebody has put another there."""
        screen = self._screen()
        if screen is None:
            return
        self._at = time.monotonic()
        shown = self._picture
        state = self._state(frame)
        if not np.array_equal(shown, screen.image) or np.array_equal(shown, self._picture):
            state.pop("image")
        screen.follow(state)

    def deliver_status(self, status: Status) -> None:
        """The explorer shows no status."""

    def deliver_info(self, info: SourceInfo) -> None:
        """Take new facts of the layer."""
        self._info = next((new for new in info.layers if new.name == self._info.name), self._info)

    def pay(self) -> None:
        """Ask for the frame that was refused."""
        self._timer = None
        self.source.wake()

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
        if isinstance(layer, int) and -len(layers) <= layer < len(layers):
            return self._possible(layers[layer])
        name = layer
        if layer is None:
            name = layers[0].name
        elif not isinstance(layer, (str, int)) and hasattr(self.source, "resolve"):
            name = self.source.resolve(layer)
        for info in layers:
            if name in info.names:
                return self._possible(info)
        names = ", ".join(repr(info.name) for info in layers)
        raise ControlError(f"no layer {layer!r}; this source has {names}")

    @staticmethod
    def _possible(info: LayerInfo) -> LayerInfo:
        if info.transposed or len(info.kernel_size) > 2:
            raise ControlError(
                f"{info.name!r} is {info.kind}; the explorer shows 1-D and 2-D convolutions"
            )
        return info

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


def _pay(follower: weakref.ref[Follower]) -> None:
    alive = follower()
    if alive is not None:
        alive.pay()
