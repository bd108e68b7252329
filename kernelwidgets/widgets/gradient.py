"""Where the gradient of a kernel comes from, and the step that it leads to."""

from __future__ import annotations

import typing
import weakref
from base64 import b64encode
from typing import Any, cast

import msgspec
import numpy as np
import traitlets
from numpy.typing import NDArray

from kernelwidgets.export.exhibit import Exhibit
from kernelwidgets.export.page import front_end
from kernelwidgets.export.still import Pixels, draw_convolution, encode_png
from kernelwidgets.sources import as_source, layer_of
from kernelwidgets.widgets._layers import is_flat
from kernelwidgets.widgets._mail import Mail
from kernelwidgets.widgets._slow import SlowSubscriber
from kernelwidgets.widgets._synced import SyncedWidget
from kernelwidgets.widgets.gradient_controls import GradientControls
from kernelwidgets.widgets.gradient_parts import Parts
from kernelwidgets.wire.commands import Handle
from kernelwidgets.wire.gradient import GradientLayer, GradientTraits
from kernelwidgets.wire.schema import Edit, PageError, SourceInfo, Status, Visible
from kernelwidgets.wire.source import Frame, Request, Source

__all__ = ["KernelGradient"]

RATE = 0.1
"""Learning rate of the step where no optimizer has one."""


class KernelGradient(SyncedWidget, GradientControls):
    """The gradient of one kernel as what it is, and the step of gradient descent that follows.

    The gradient of a cell is a sum of products: the part of the layer's input that it touched times
    the gradient of the layer's output. All cells together are the correlation of the two.

    A `Trainer` has a loss, which is taken of the first samples of its first training batch. For a
    loop of your own, give both: `kw.watch(model, optimizer, loss=fn, probe=(x, y))`. Nothing of the
    network is touched, not even `.grad`; modules run in the modes that they are in, as in training.

    Parameters
    ----------
    source
        A Trainer, a LiveModel or a network.
    layer
        Name or position of a convolution layer (1-D or 2-D), or the module itself; the first by
        default.
    kernel
        (filter, input), counted from 0; inputs within the filter's group.
    controls
        Every attribute below, by its name.

    Attributes
    ----------
    layer, kernel
        As above.
    sample
        Whose products are shown, counted from 0, or "all".
    cell
        The cell whose products are shown: (row, column), or (position,) of a signal.
    learning_rate
        That of the step; None is the optimizer's.

    Raises
    ------
    TypeError
        If there is no such control.
    ValueError
        If there is no such layer, kernel, sample or cell.
    """

    _esm = traitlets.Unicode().tag(sync=True)
    _data = traitlets.Bytes(b"").tag(sync=True)
    _layers: traitlets.List[Any] = traitlets.List().tag(sync=True)
    _gradient = traitlets.Any(None, allow_none=True).tag(sync=True)
    _rate = traitlets.Float(None, allow_none=True).tag(sync=True)
    _by_hand = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self, source: Any, layer: Any = None, kernel: Any = (0, 0), **controls: Any
    ) -> None:
        self._check_names(controls)
        self._parts: Parts | None = None
        self._source: Source = as_source(source)
        layer = layer_of(source, layer)
        # A live model at rest looks at a new probe when its layers are asked for.
        getattr(self._source, "layers", None)
        possible = [info for info in self._source.info.layers if is_flat(info)]
        first = possible[0].name if possible else 0
        self._info = self._find(first if layer is None else layer)
        super().__init__(layer=self._info.name, cell=(0,) * len(self._info.kernel_size))
        self.kernel = kernel
        self._follower = _Follower(self)
        self.follow_status(self._source.status)
        self.follow_info(self._source.info)
        self.observe(self._aim, names=["layer", "kernel"])
        self.observe(self._pack, names=["sample"])
        self.follow(self._source.read(self.wanted()))
        for name, value in controls.items():
            setattr(self, name, value)
        self._mail = Mail(self._source, self.send, self.say)
        self._leave = weakref.finalize(self, self._follower.start())

    @traitlets.default("_esm")
    def _default_esm(self) -> str:
        return front_end("gradient")

    @property
    def source(self) -> Source:
        """The source whose gradient it shows."""
        return self._source

    @property
    def gradient(self) -> NDArray[np.float64]:
        """Gradient of the loss, of the kernel's shape, as last shown.

        Raises
        ------
        ValueError
            If there is none; the message says why.
        """
        return np.array(self._known(self._shown.gradient))

    @property
    def loss(self) -> float:
        """The loss whose gradient it is; raises like `gradient`."""
        return cast(float, self._known(self._shown.loss))

    @property
    def products(self) -> NDArray[np.float64]:
        """The products of `cell`, `(samples, *map)`; raises like `gradient`.

        Of all samples they sum up to the cell's gradient, but for what other uses of the weight add
        to it, such as a penalty.
        """
        return np.array(self._known(self._shown.products(self.cell, self.sample)))

    def step(self) -> Handle:
        """Write w − learning rate · gradient into the kernel; `undo` of the source takes it back.

        Raises
        ------
        ValueError
            If there is no gradient, or nothing can be written.
        """
        weight = self._known(self._shown.weight)
        rate = self.learning_rate or self._rate or RATE
        first = self._gradient["first"]
        moved = (weight - rate * self.gradient).ravel().tolist()
        if "edit" not in self._source.info.verbs:
            raise ValueError("these kernels cannot be edited")
        cells = list(range(first, first + len(moved)))
        return self._source.submit(Edit(layer=self.layer, cells=cells, values=moved))

    def close(self) -> None:
        """Take the view off the page and leave the network."""
        if hasattr(self, "_leave"):
            self._leave()
            self._mail.close()
        super().close()

    # What its subscriber calls

    def wanted(self) -> Request:
        """What it shows."""
        return Parts.request(self._info, self.kernel)

    def follow(self, frame: Frame) -> None:
        """Show a frame, unless it is of what was shown before."""
        parts = Parts(self._info, self.kernel, frame)
        if parts.answered:
            self._parts = parts
            self._pack()

    def follow_status(self, status: Status) -> None:
        """Take the learning rate, and whether a hand may step now."""
        by_hand = "edit" in self._source.info.verbs and status.state != "running"
        self.apply({"_rate": status.learning_rate, "_by_hand": by_hand})

    def follow_info(self, info: SourceInfo) -> None:
        """Take new facts of the layers."""
        layers = [
            GradientLayer(name=layer.name, outs=layer.shape[0], ins=layer.shape[1])
            for layer in info.layers
            if is_flat(layer)
        ]
        self.apply({"_layers": msgspec.to_builtins(layers)})
        self._info = next((new for new in info.layers if new.name == self.layer), self._info)

    def changed(self) -> None:
        """Ask for a frame of what was chosen."""
        self._source.wake()

    @property
    def _shown(self) -> Parts:
        assert self._parts is not None
        return self._parts

    def _known(self, value: Any) -> Any:
        if value is None:
            raise ValueError(self._shown.missing or "this part of the gradient is not known")
        return value

    def _sample_count(self) -> int:
        return 0 if self._parts is None else len(self._parts.names)

    def _aim(self, change: Any) -> None:
        with self._locked():
            if change["name"] == "layer":
                self._info = self._find(change["new"])
                size, outs = self._info.kernel_size, self._info.shape[:2]
                kept = all(k < n for k, n in zip(self.kernel, outs, strict=True))
                self.kernel = self.kernel if kept else (0, 0)
                inside = len(self.cell) == len(size) and all(
                    c < n for c, n in zip(self.cell, size, strict=True)
                )
                self.cell = self.cell if inside else (0,) * len(size)
            self.changes()

    def _pack(self, _: Any = None) -> None:
        parts = self._parts
        if parts is None:
            return
        if self.sample != "all" and self.sample >= len(parts.names):
            self.sample = "all"
        header, data = parts.pack(self.sample)
        self.apply({"_gradient": msgspec.to_builtins(header), "_data": data})

    def _handle_custom_msg(self, content: Any, buffers: Any) -> None:  # noqa: ARG002  # ipywidgets' own
        if not isinstance(content, dict) or "event" not in content:
            self._mail.take(content)
            return
        event = self.event_of(content)
        if isinstance(event, Visible):
            self._follower.mount(event)
        elif isinstance(event, PageError):
            self.say(event.text)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        self._follower.displayed = True
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        data["text/plain"] = repr(self)
        picture = self._still()
        if picture is not None:
            data["image/png"] = b64encode(encode_png(picture)).decode("ascii")
        return data, metadata

    def _still(self) -> Pixels | None:
        planes = self._shown.planes(self.sample)
        return None if planes is None else draw_convolution(*planes)

    def _exhibit_(self) -> Exhibit:
        # This kernel's gradient travels as it stands; any other needs the network.
        self._known(self._shown.gradient)
        state = self.get_state([*typing.get_type_hints(GradientTraits), "_data", "_message"])
        state |= {"_layers": [], "_by_hand": False}
        about = self._source.info.about
        if step := self._shown.frame.step:
            about += f" The gradient is that after step {step}; it stands still here."
        return Exhibit(
            "gradient",
            state,
            "Where a gradient comes from",
            about,
            picture=self._still(),
            left_out=("the choice of another kernel or sample",),
        )

    def __repr__(self) -> str:
        out, into = self.kernel
        what = f"KernelGradient: kernel {into} of filter {out} of {self.layer}"
        return f"{what}, step {self._shown.frame.step}"


class _Follower(SlowSubscriber):
    """The subscriber of one view, which it does not keep alive."""

    every_s = 0.3

    def __init__(self, screen: KernelGradient) -> None:
        super().__init__(screen.source)
        self._screen = weakref.ref(screen)

    def wanted(self) -> Request | None:
        """What the view shows."""
        screen = self._screen()
        return None if screen is None else screen.wanted()

    def take(self, frame: Frame) -> None:
        """Hand a frame on."""
        screen = self._screen()
        if screen is not None:
            screen.follow(frame)

    def deliver_status(self, status: Status) -> None:
        """Hand a status on."""
        screen = self._screen()
        if screen is not None:
            screen.follow_status(status)

    def deliver_info(self, info: SourceInfo) -> None:
        """Hand facts on."""
        screen = self._screen()
        if screen is not None:
            screen.follow_info(info)
