"""What a recording holds, in words."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Summary", "in_bytes"]


@dataclass(frozen=True, repr=False)
class Summary:
    """Facts of a recording; as the last line of a cell it reads as text.

    Attributes
    ----------
    steps
        First and last recorded step; None while there is no frame.
    bytes
        Size of all recorded arrays, uncompressed.
    checkpoints
        Steps at which a Trainer can take the run up again.
    unrestorable
        Why there are none, or "".
    cost
        Share of training time that recording took; None where it was not measured.
    stopped
        Why recording ended early, or "".
    """

    title: str
    frames: int
    steps: tuple[int, int] | None
    seconds: float
    layers: tuple[str, ...]
    feature_maps: tuple[str, ...]
    gradients: bool
    metrics: tuple[str, ...]
    events: int
    bytes: int
    place: str
    checkpoints: tuple[int, ...] = ()
    checkpoint_bytes: int = 0
    unrestorable: str = ""
    cost: float | None = None
    stopped: str = ""

    def __repr__(self) -> str:
        span = "" if self.steps is None else f" of steps {self.steps[0]} to {self.steps[1]}"
        frames = f"{_count(self.frames, 'frame')}{span}, {self.seconds:.1f} s"
        lines = [
            f"Recording of {self.title}: {frames}, {in_bytes(self.bytes)} {self.place}",
            f"kernels{' and gradients' if self.gradients else ''} of {', '.join(self.layers)}",
        ]
        if self.feature_maps:
            lines.append(f"feature maps of {', '.join(self.feature_maps)}")
        lines.append(f"metrics {', '.join(self.metrics) or 'none'}; {_count(self.events, 'event')}")
        if self.checkpoints:
            count = _count(len(self.checkpoints), "checkpoint")
            lines.append(f"{count} to restore from, {in_bytes(self.checkpoint_bytes)}")
        elif self.unrestorable:
            lines.append(f"no checkpoints: {self.unrestorable}")
        if self.cost is not None:
            lines.append(f"recording took {100 * self.cost:.1f} % of the time")
        if self.stopped:
            lines.append(f"stopped: {self.stopped}")
        return "\n".join(lines)


def in_bytes(count: float) -> str:
    """A number of bytes for people, in powers of ten."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
