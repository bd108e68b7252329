"""How a run goes, in plain words."""

from __future__ import annotations

import time
from collections.abc import Sized

from kernelwidgets.live.notebook import BLOCKED
from kernelwidgets.wire.schema import RunState

__all__ = ["Pace", "cost_text", "hint", "text"]


def text(state: RunState, step: int, *, closed: bool) -> str:
    """The state and the step."""
    if closed:
        return f"closed after {_steps(step)}"
    return {
        "idle": "waiting for the first step",
        "running": f"training, step {step}",
        "paused": f"paused at step {step}",
        "finished": f"finished after {_steps(step)}",
        "failed": f"failed after {_steps(step)}",
    }[state]


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count} steps"


def hint(state: RunState, layers: Sized, *, blocking: bool, hooked: bool) -> str:
    """How to get what is missing, or ""."""
    if blocking:
        return BLOCKED
    if state == "idle" and not hooked:
        return "Call live.tick(loss=loss) once per step of your loop."
    if not len(layers):
        return "This model has no convolution layers, so there are no kernels to show."
    return ""


def cost_text(cost: float) -> str:
    """Measured share of training time."""
    return f"watching costs {100 * cost:.1f} %"


class Pace:
    """Steps per second, over the last half second or more."""

    def __init__(self) -> None:
        self._step, self._at = 0, time.perf_counter()
        self._value: float | None = None

    def measure(self, step: int) -> float | None:
        """Steps per second; None until there is something to count."""
        now = time.perf_counter()
        if now - self._at >= 0.5:
            self._value = max(step - self._step, 0) / (now - self._at)
            self._step, self._at = step, now
        return self._value
