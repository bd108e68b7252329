"""What a page sends: commands, each answered exactly once, and events, never answered."""

from __future__ import annotations

from typing import Annotated

import msgspec

from kernelwidgets.wire.info import Count, Positive, Span, Struct
from kernelwidgets.wire.state import OptimizerState, Parameter, Part

__all__ = [
    "Ack",
    "Answer",
    "AnyCommand",
    "AnyEvent",
    "Branch",
    "Command",
    "Edit",
    "Freeze",
    "Mute",
    "PageError",
    "Pause",
    "Redo",
    "Release",
    "Restart",
    "Revert",
    "SetLearningRate",
    "SetProbe",
    "SetSpeed",
    "Start",
    "Step",
    "Stop",
    "Undo",
    "Visible",
    "WantBlock",
    "WantGif",
    "WantHand",
]


class Command(Struct, tag_field="op"):
    """Base of what a page may ask of a source."""


class Edit(Command, tag="edit"):
    """Write absolute values into single cells (flat, C order of the canonical view).

    Edits of one `gesture` are one undo step. With `hold`, the cells are kept against training
    until `Release`, or until one second passes without word of the gesture. `optimizer_state` is
    what the optimizer forgets of the cells.
    """

    layer: str
    cells: list[Count]
    values: list[float]
    parameter: Parameter = "weight"
    gesture: str = ""
    hold: bool = False
    optimizer_state: OptimizerState = "momentum"
    allow_nonfinite: bool = False


class Release(Command, tag="release"):
    """End a gesture: its held cells go back to training."""

    gesture: str


class Freeze(Command, tag="freeze"):
    """Keep cells bitwise constant, or with `on=False` let them learn again."""

    layer: str
    cells: list[Count]
    parameter: Parameter = "weight"
    on: bool = True


class Revert(Command, tag="revert"):
    """Put cells back to what they were when watching (or this run) began."""

    layer: str
    cells: list[Count]
    parameter: Parameter = "weight"


class Mute(Command, tag="mute"):
    """Silence one output channel (weights and bias held at zero), or let it speak again."""

    layer: str
    out: Count
    on: bool = True


class Undo(Command, tag="undo"):
    """Take the last edit back."""


class Redo(Command, tag="redo"):
    """Bring back what was undone."""


class Start(Command, tag="start"):
    """Start training, or resume where it was paused."""


class Pause(Command, tag="pause"):
    """Wait inside the safe point."""


class Step(Command, tag="step"):
    """Take `count` steps, then pause."""

    count: Positive = 1


class Stop(Command, tag="stop"):
    """End the run."""


class Restart(Command, tag="restart"):
    """Begin again from exactly the same start, or with `new_seed` from another."""

    new_seed: bool = False


class Branch(Command, tag="branch"):
    """Go back to `step` of the run's history and wait there, ready to go on differently."""

    step: Count


class SetSpeed(Command, tag="set_speed"):
    """Limit training to so many steps per second; None is as fast as it goes."""

    max_steps_per_s: Annotated[float, msgspec.Meta(gt=0)] | None


class SetLearningRate(Command, tag="set_learning_rate"):
    """Set the learning rate of every parameter group."""

    learning_rate: Annotated[float, msgspec.Meta(gt=0)]


class SetProbe(Command, tag="set_probe"):
    """Replace a probe picture by pixels (0 to 1) from the page, labeled `sample_name`.

    `pixels` are grayscale or RGB, of `size` (height, width, channels), in C order.
    """

    sample: Count = 0
    sample_name: str = ""
    size: tuple[Positive, Positive, Positive] | None = None
    pixels: list[float] = msgspec.field(default_factory=list)


AnyCommand = (
    Edit
    | Release
    | Freeze
    | Revert
    | Mute
    | Undo
    | Redo
    | Start
    | Pause
    | Step
    | Stop
    | Restart
    | Branch
    | SetSpeed
    | SetLearningRate
    | SetProbe
)


class Answer(Struct):
    """The one answer to the command of this id: done at this `moment`, or `error` says why not."""

    id: str
    ok: bool
    moment: int = 0
    error: str = ""


class Ack(Struct, tag_field="event", tag="ack"):
    """The page has painted this frame, and `painted` frames in all since its last word."""

    seq: int
    painted: int = 1


class Visible(Struct, tag_field="event", tag="visible"):
    """What one mounted view shows now; no parts: it is hidden or gone.

    `kernels` is (first, last, first input, last input) of the visible tiles, the first two as
    positions in `_order`; `maps` is (first, last) channel. Ends are exclusive. `nth` counts what
    this view has said: of two words the later one holds, in whichever order they come.
    """

    view: str
    parts: list[Part]
    nth: Count = 0
    kernels: tuple[Count, Count, Count, Count] | None = None
    maps: Span | None = None


class PageError(Struct, tag_field="event", tag="page_error"):
    """A view failed in the page; shown in `_message` so that nobody has to open a console."""

    view: str
    text: str


class WantBlock(Struct, tag_field="event", tag="want_block"):
    """A player lacks a block of a track of its tape; a message brings it: `{"block": …}`.

    `until` is how many frames the player knows of: meanwhile there may be more.
    """

    track: Count
    block: Count
    until: Count


class WantHand(Struct, tag_field="event", tag="want_hand"):
    """A source can be reached into; a message brings the module for that: `{"hand": code}`."""


class WantGif(Struct, tag_field="event", tag="want_gif"):
    """Somebody wants five seconds from `step` on as a file; a message brings it: `{"gif": …}`."""

    step: Count


AnyEvent = Ack | Visible | PageError | WantHand | WantBlock | WantGif
