"""A recording that plays, on a clock in the page."""

from __future__ import annotations

import threading
import time
import weakref
from typing import Any, ClassVar

import msgspec
import traitlets

from kernelwidgets.export.files import gif_of
from kernelwidgets.export.page import front_end
from kernelwidgets.export.snapshot import recording_of
from kernelwidgets.export.tape import Tape
from kernelwidgets.recording import Recording, Replay
from kernelwidgets.sources import as_source, layer_of
from kernelwidgets.widgets._base import View
from kernelwidgets.widgets._controls import (
    EditorControls,
    GridControls,
    LossControls,
    MapControls,
    PlayControls,
)
from kernelwidgets.widgets._growth import Growth
from kernelwidgets.wire.schema import Part, WantBlock, WantGif

__all__ = ["Player"]

GIF_S = 5

NAMED_AGAIN = 1.25
"""Names are found anew once there are so many times the frames."""


class Player(View, GridControls, MapControls, EditorControls, LossControls, PlayControls):
    """A recording that can be played, scrubbed and, in the page alone, edited.

    The page has the clock: parts of the recording travel ahead of the play head, and Python is
    asked for nothing else. While the recording grows the player learns of it about once a second:
    the play head stays where it is, or at the end if that is where it was.

    Parameters
    ----------
    recording
        What `live.record`, `trainer.record` or `kw.open` gave; anything else that a view takes is
        shown as it is now.
    layer
        Name or position of the layer; the first by default.
    controls
        Those of a `Lab`, and what is listed here.

    Attributes
    ----------
    at
        Step on show; None is the last one.
    playing
        Whether time passes.
    speed
        1 is thirty recorded frames a second, or fewer where all would be over within 8 seconds.
    loop
        Whether it begins again at the end.

    Examples
    --------
    >>> kw.Player(recording, playing=True, loop=True)  # doctest: +SKIP
    """

    _view = traitlets.Unicode("lab").tag(sync=True)
    _tape = traitlets.Any(None, allow_none=True).tag(sync=True)
    _tape_data = traitlets.Bytes(b"").tag(sync=True)
    _tape_grown = traitlets.Bytes(b"").tag(sync=True)
    _tape_names: traitlets.List[Any] = traitlets.List().tag(sync=True)
    present = traitlets.Bool(False).tag(sync=True, control=True)

    parts: ClassVar[frozenset[Part]] = frozenset({"kernels", "curves"})

    def __init__(self, recording: Any, layer: Any = None, **controls: Any) -> None:
        follows = isinstance(recording, Recording)
        if not follows:
            layer = layer_of(recording, layer)
            recording = recording_of(as_source(recording))
        self._recording: Recording = recording
        self._reel = Tape(recording)
        self._growth = Growth(self._grow)
        self._named = 0
        super().__init__(Replay(recording), layer=layer, **controls)
        self.changed()
        if follows:
            leave = recording.on_add(self._growth.note)
            self._stops = [weakref.finalize(self, call) for call in (leave, self._growth.close)]
            if len(recording) > len(self._reel.header.steps):
                self._growth.note()

    @traitlets.default("_esm")
    def _default_esm(self) -> str:
        return front_end("player")

    @traitlets.default("_tape")
    def _default_tape(self) -> Any:
        return msgspec.to_builtins(self._reel.header)

    @traitlets.default("_tape_data")
    def _default_tape_data(self) -> bytes:
        return self._reel.still

    @property
    def recording(self) -> Recording:
        """What it plays."""
        return self._recording

    def changed(self) -> None:
        """Find names where somebody wants them; all else the page does by itself."""
        frames = len(self._reel.header.steps)
        wanted = self.labels or self.family != "all" or self.sort == "family"
        if not wanted or frames < NAMED_AGAIN * self._named:
            return
        self._named = frames
        threading.Thread(target=_find_names, args=[weakref.ref(self), self._reel]).start()

    def close(self) -> None:
        """Take the player off the page; it follows no longer."""
        for stop in getattr(self, "_stops", ()):
            stop()
        super().close()

    def _grow(self) -> None:
        """Tell the page what has been recorded since."""
        if not self._reel.grow():
            return
        with self.hold_sync():
            self.set_trait("_tape", msgspec.to_builtins(self._reel.header))
            self.set_trait("_tape_data", self._reel.still)
            self.set_trait("_tape_grown", self._reel.grown)
        self.changed()

    def _handle_custom_msg(self, content: Any, buffers: Any) -> None:
        event = self.event_of(content)
        if event is None:
            return
        if isinstance(event, WantGif):
            # Drawing takes seconds; blocks go on to be sent meanwhile.
            threading.Thread(target=self._send_gif, args=[event.step]).start()
            return
        if not isinstance(event, WantBlock):
            super()._handle_custom_msg(content, buffers)
            return
        start = time.thread_time()
        try:
            block = self._reel.block(event.track, event.block, event.until)
        except IndexError:
            self.say(f"the page asked for a part that there is not: {content}")
            return
        place = {"track": event.track, "block": event.block, "until": event.until}
        self.send({"block": place}, buffers=[block])
        self._growth.charge(time.thread_time() - start)

    def _send_gif(self, step: int) -> None:
        count = len(self._recording)
        length = round(GIF_S * min(30, max(1, count / 8)))
        first = max(0, min(self._recording.index_at(step), count - length))
        frames = range(first, min(count, first + length))
        try:
            gif = gif_of(self._recording, frames, self.layer, self.palette)
        except (ImportError, ValueError) as error:
            self.say(str(error))
            return
        name = f"{self._recording.title or 'kernels'}, step {step}.gif"
        self.send({"gif": name}, buffers=[gif])

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        step = self._reel.header.steps[-1] if self.at is None else self.at
        if isinstance(self._source, Replay) and self._source.step != step:
            self._source.step = step
        return super()._repr_mimebundle_(**kwargs)

    def __repr__(self) -> str:
        return f"Player: {self._recording.info()}"


def _find_names(player: weakref.ref[Player], tape: Tape) -> None:
    names = msgspec.to_builtins(tape.names())
    alive = player()
    if alive is not None:
        alive.apply({"_tape_names": names})
