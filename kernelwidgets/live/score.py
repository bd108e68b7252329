"""How good a network is on pictures that it does not learn from, at a bounded cost."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from kernelwidgets.live.arguments import require_function
from kernelwidgets.live.reader import require_repeatable
from kernelwidgets.live.steps import pair
from kernelwidgets.models.guard import no_trace

__all__ = ["Metric", "NothingToMeasureError", "Score", "accuracy", "measures"]

Metric = Callable[[Any, Any], Any]

_LONGEST_S = 0.05
"""One measurement may hold training up for so long; of a large test set the first batches count."""

_EVERY_S = 0.5
_GESTURE_S = 5.0
_SAME_GESTURE_S = 1.5


_EMPTY = "validation holds no batch; pass pairs (x, y) that are not learned from"


class NothingToMeasureError(ValueError):
    """The test set turned out to be empty."""


class Score:
    """Measures a network on a test set, and says what a gesture did to it.

    Parameters
    ----------
    model
        The network, without wrappers. It runs in eval mode, and nothing in it changes.
    batches
        The test set. Its first batches are kept: as many as can be measured in .05 s.
    measures
        Name → function of `(model(x), y)` that gives a number, the mean over the batch. The
        first is the one told in words; a name that ends in "accuracy" is told in percent.
    placed
        Brings a batch to where the network is.
    share
        The part of training time that measuring may cost.
    """

    def __init__(
        self,
        model: nn.Module,
        batches: Iterable[Any],
        measures: Mapping[str, Metric],
        placed: Callable[[Any], Any],
        share: float,
    ) -> None:
        self._model, self._source, self._measures = model, batches, measures
        self._placed, self._share = placed, share
        self._kept: list[tuple[Any, Any]] = []
        self._count = 0
        self._all = False
        self._versions: tuple[int, ...] | None = None
        self._cost_s = 0.0
        self._measured_at = -math.inf
        self._edited_at = -math.inf
        self._value: float | None = None
        self._before: float | None = None

    @property
    def stale(self) -> bool:
        """Whether the network has changed since it was measured."""
        return self._versions != self.present()

    @property
    def due(self) -> bool:
        """Whether enough time has passed for the budget to allow another measurement."""
        wait = max(_EVERY_S, self._cost_s / self._share)
        return time.monotonic() - self._measured_at >= wait

    @property
    def text(self) -> str:
        """The score in words; for a while after a gesture, before and after."""
        if self._value is None:
            return ""
        name, after = next(iter(self._measures)), self._value
        percent = name.endswith("accuracy")
        scale, digits, unit = (100, 1, " %") if percent else (1, 3, "")
        told = f"{after * scale:.{digits}f}{unit}"
        if self._before is not None:
            told = f"{self._before * scale:.{digits}f} → {told}"
        part = "" if self._all else f" (first {self._count} pictures)"
        return f"test {name} {told}{part}"

    def gesture(self) -> None:
        """Take notice that a hand has changed the network; the last value is the one before."""
        now = time.monotonic()
        if self._before is None or now - self._edited_at > _SAME_GESTURE_S:
            self._before = self._value
        self._edited_at = now

    @property
    def forgotten(self) -> bool:
        """Whether it was not measured since the start."""
        return self._value is None

    def forget(self) -> None:
        """Begin again, as at a restart."""
        self._versions = self._value = self._before = None
        self._measured_at = self._edited_at = -math.inf

    def measure(self, *, at_rest: bool) -> dict[str, float]:
        """Measure now, where the model may be touched; returns "test …" → value.

        Parameters
        ----------
        at_rest
            Whether nothing trains: then what a gesture did stays told.
        """
        start = time.perf_counter()
        self._versions = self.present()
        with no_trace(self._model.modules()):
            values = self._run()
        self._cost_s = time.perf_counter() - start
        self._measured_at = time.monotonic()
        self._value = next(iter(values.values()))
        if not at_rest and self._measured_at - self._edited_at > _GESTURE_S:
            self._before = None
        return {f"test {name}": value for name, value in values.items()}

    def _run(self) -> dict[str, float]:
        totals, count = dict.fromkeys(self._measures, 0.0), 0
        for inputs, targets in self._batches():
            output = self._model(inputs)
            size = len(targets)
            for name, measure in self._measures.items():
                totals[name] += float(measure(output, targets)) * size
            count += size
        if not count:
            raise NothingToMeasureError(_EMPTY)
        self._count = count
        return {name: total / count for name, total in totals.items()}

    def _batches(self) -> Iterator[tuple[Any, Any]]:
        if self._kept:
            yield from self._kept
            return
        start = time.perf_counter()
        for batch in self._source:
            if time.perf_counter() - start > _LONGEST_S and self._kept:
                return
            self._kept.append(pair(self._placed(batch), "validation"))
            yield self._kept[-1]
        self._all = True

    def present(self) -> tuple[int, ...]:
        """What changes whenever the network does."""
        tensors = [*self._model.parameters(), *self._model.buffers()]
        return tuple(tensor._version for tensor in tensors)


def accuracy(output: Tensor, labels: Tensor) -> Tensor:
    """Share of right answers: output `(n, classes)`, labels `(n,)`."""
    return (output.argmax(1) == labels).float().mean()


def measures(
    validation: Iterable[Any] | None,
    metrics: Mapping[str, Metric] | None,
    loss: Metric | None,
    classes: Sequence[str] | None,
) -> dict[str, Metric]:
    """What to measure: the metrics, by default the accuracy if there are classes, then the loss.

    Raises
    ------
    TypeError, ValueError
        If that is nothing, or there is nothing to measure it on.
    """
    if metrics is not None and not isinstance(metrics, Mapping):
        raise TypeError("metrics is a dict of names and functions: {'accuracy': f}")
    for name, metric in (metrics or {}).items():
        require_function(f"the metric {name!r}", metric)
    if validation is None:
        if metrics is not None:
            raise ValueError(
                "metrics are measured on a validation set: pass validation=, pairs (x, y) that are "
                "not learned from"
            )
        return {}
    require_repeatable(validation, "validation")
    # A DataLoader of a stream has a length that nobody knows.
    with contextlib.suppress(TypeError, NotImplementedError):
        if not len(validation):  # type: ignore[arg-type]  # that is the question
            raise ValueError(_EMPTY)
    if metrics is None:
        metrics = {} if classes is None or loss is None else {"accuracy": accuracy}
    wanted = dict(metrics)
    if loss is not None:
        wanted.setdefault("loss", loss)
    if not wanted:
        raise TypeError("with step= the validation needs metrics={'name': function of (output, y)}")
    return wanted
