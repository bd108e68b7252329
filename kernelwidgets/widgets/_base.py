"""What all views have in common."""

from __future__ import annotations

import weakref
from base64 import b64encode
from typing import Any, ClassVar

import msgspec
import traitlets

from kernelwidgets.export.exhibit import Exhibit
from kernelwidgets.export.page import front_end
from kernelwidgets.export.still import Pixels, draw_still, encode_png
from kernelwidgets.sources import as_source, layer_of
from kernelwidgets.widgets._controls import ControlError
from kernelwidgets.widgets._feed import Feed
from kernelwidgets.widgets._layers import find_layer
from kernelwidgets.widgets._mail import Mail
from kernelwidgets.widgets._plan import Choice
from kernelwidgets.widgets._synced import SyncedWidget
from kernelwidgets.wire.schema import Ack, LayerInfo, PageError, Part, SourceInfo, Visible, WantHand
from kernelwidgets.wire.source import Source

__all__ = ["View"]


class View(SyncedWidget):
    """Base of the views: a widget on a source of frames.

    Parameters
    ----------
    source
        A LiveModel or Trainer, a network or one of its convolution layers, a state_dict, a tensor
        or an array: see `as_source`.
    layer
        Name or position of the layer, or the module itself; the first by default.
    layout
        Order of the axes of an array, such as "HWIO" for Keras.
    controls
        Every control of the view, by its name.

    Raises
    ------
    TypeError
        If the view has no such control, or the source is none.
    ValueError
        If there is no such layer or a control cannot have this value.
    """

    _esm = traitlets.Unicode().tag(sync=True)
    _view = traitlets.Unicode().tag(sync=True)
    _info = traitlets.Any(None, allow_none=True).tag(sync=True)
    _status = traitlets.Any(None, allow_none=True).tag(sync=True)
    _frame = traitlets.Any(None, allow_none=True).tag(sync=True)
    _data = traitlets.Bytes(b"").tag(sync=True)
    _probe = traitlets.Any(None, allow_none=True).tag(sync=True)
    _probe_data = traitlets.Bytes(b"").tag(sync=True)
    _order: traitlets.List[int] = traitlets.List().tag(sync=True)

    parts: ClassVar[frozenset[Part]] = frozenset()

    def __init__(
        self, source: Any, layer: Any = None, *, layout: Any = None, **controls: Any
    ) -> None:
        self._check_names(controls)
        array_layout = layout if isinstance(layout, str) else None
        if layout is not None and array_layout is None:
            controls["layout"] = layout
        self._source = self._looked_at(as_source(source, array_layout))
        self._feed = Feed(self._source, self)
        self._mail = Mail(self._source, self.send, self.say)
        if self.has_trait("layer"):
            layer = layer_of(source, layer)
            controls["layer"] = self._first_of(self._feed.facts) if layer is None else layer
        elif layer is not None:
            raise TypeError(f"{type(self).__name__} shows no single layer; leave out layer=")
        super().__init__(
            _info=msgspec.to_builtins(self._feed.facts),
            _status=msgspec.to_builtins(self._feed.status),
            **controls,
        )
        self.observe(self._on_control, names=self.controls())
        self._feed.look()
        self._leave = weakref.finalize(self, self._source.subscribe(self._feed))

    @traitlets.default("_esm")
    def _default_esm(self) -> str:
        return front_end("live")

    def _looked_at(self, source: Source) -> Source:
        """What the view takes its frames from: of some views more than the source itself."""
        return source

    @property
    def source(self) -> Source:
        """The source whose frames it shows."""
        return self._source

    @property
    def layer_info(self) -> LayerInfo | None:
        """Facts of the layer on show; None if the source has none."""
        name = getattr(self, "layer", "")
        return next((info for info in self._feed.facts.layers if info.name == name), None)

    def choice(self) -> Choice:
        """The controls that decide what travels."""
        names = ("selected", "show", "sort", "stage", "sample")
        return Choice(**{name: getattr(self, name) for name in names if self.has_trait(name)})

    def adopt(self, info: SourceInfo) -> None:
        """Fit the controls to a source that has changed."""
        with self.hold_sync():
            self.apply({"_info": msgspec.to_builtins(info)})
            if self.has_trait("layer") and self.layer_info is None:
                self.layer = self._first_of(info)
            if self.has_trait("sample") and self.choice().sample >= max(1, len(info.samples)):
                self.set_trait("sample", 0)

    def changed(self) -> None:
        """Ask for a frame that shows what the controls now say."""
        self._source.wake()

    def close(self) -> None:
        """Take the view off the page and leave the source."""
        if hasattr(self, "_leave"):
            self._leave()
            self._feed.close()
            self._mail.close()
        super().close()

    def _first_of(self, info: SourceInfo) -> str:
        """The layer to show unless another one is asked for; "" where there is none."""
        return info.layers[0].name if info.layers else ""

    def _name_of(self, layer: Any) -> str:
        layers = self._feed.facts.layers
        if layer == "" and not layers:
            return ""
        return find_layer(self._source, layers, layer).name

    @traitlets.validate("selected")
    def _check_selected(self, proposal: Any) -> Any:
        info, selected = self.layer_info, proposal["value"]
        if info is not None and not _holds(info, selected):
            raise ControlError(
                f"selected is (output, input) of a kernel, counted from 0; {info.name!r} has "
                f"{info.shape[0]} × {info.shape[1]}, so not {selected!r}"
            )
        return selected

    @traitlets.validate("only")
    def _check_only(self, proposal: Any) -> Any:
        info, only = self.layer_info, proposal["value"]
        outs = 0 if info is None else info.shape[0]
        wrong = [out for out in only or () if not 0 <= out < outs]
        if info is not None and wrong:
            raise ControlError(
                f"only is a list of output channels, counted from 0; {info.name!r} has {outs}, "
                f"so not {wrong[0]}"
            )
        return only

    @traitlets.validate("sample")
    def _check_sample(self, proposal: Any) -> Any:
        count = len(self._feed.facts.samples)
        if proposal["value"] >= max(count, 1):
            raise ControlError(f"sample is one of {count} probe pictures, counted from 0")
        return proposal["value"]

    @traitlets.validate("show")
    def _check_show(self, proposal: Any) -> Any:
        known = [*self._feed.facts.quantities, "seen_through", "spectrum"]
        if proposal["value"] not in known:
            raise ControlError(f"this source has {', '.join(known)}, no {proposal['value']}")
        return proposal["value"]

    def _on_control(self, change: Any) -> None:
        name, info = change["name"], self.layer_info
        with self._locked():
            if name == "layer" and info and not _holds(info, self.choice().selected):
                self.set_trait("selected", (0, 0))
            if name in ("layer", "show", "sort"):
                self._feed.resort()
            self.changes()

    def _handle_custom_msg(self, content: Any, buffers: Any) -> None:  # noqa: ARG002  # ipywidgets' own
        if not isinstance(content, dict) or "event" not in content:
            self._mail.take(content)
            return
        event = self.event_of(content)
        if isinstance(event, Ack):
            self._feed.painted(event.seq, event.painted)
            self._painted()
        elif isinstance(event, Visible):
            self._feed.mount(event)
        elif isinstance(event, PageError):
            self.say(f"{event.view}: {event.text}")
        elif isinstance(event, WantHand):
            self.send({"hand": front_end("hand")})

    def _painted(self) -> None:
        """Called when a page has painted a frame."""

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        self._feed.displayed = True
        self._feed.look()
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        data["text/plain"] = repr(self)
        picture = self._still()
        if picture is not None:
            data["image/png"] = b64encode(encode_png(picture)).decode("ascii")
        return data, metadata

    def _still(self) -> Pixels | None:
        return draw_still(self._frame, self._data, getattr(self, "palette", "RdBu"))

    def _exhibit_(self) -> Exhibit:
        self._feed.look()
        info = self._source.info
        state = self.get_state(["_view", *self.controls()])
        return Exhibit("player", state, info.title, info.about, self._source, self._still())

    def __repr__(self) -> str:
        info = self.layer_info
        what = info.text if info else self._feed.facts.title
        return f"{type(self).__name__}: {what}, step {self._feed.status.step}"


def _holds(info: LayerInfo, kernel: tuple[int, int]) -> bool:
    return all(0 <= place < size for place, size in zip(kernel, info.shape[:2], strict=True))
