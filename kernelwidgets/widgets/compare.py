"""Runs side by side, in step."""

from __future__ import annotations

import html
import time
import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import ipywidgets
import msgspec
import traitlets

from kernelwidgets.widgets._sides import Difference, Side, Together
from kernelwidgets.widgets.controls import Controls
from kernelwidgets.widgets.kernel_grid import KernelGrid
from kernelwidgets.widgets.loss_curve import LossCurve
from kernelwidgets.widgets.timeline import TimelineView
from kernelwidgets.wire.ranges import Ends
from kernelwidgets.wire.schema import SourceInfo, Status
from kernelwidgets.wire.source import Frame, Request, Wanted

__all__ = ["Compare"]

_PERIOD_S = 0.2
_LEAST = {"min_width": "0"}
# As many columns as fit, of the same width in the last row, too: the same kernels, the same size.
_SIDE_BY_SIDE = {"grid_template_columns": "repeat(auto-fit, minmax(265px, 1fr))", "grid_gap": "8px"}
_LINKED = ("layer", "selected", "scale", "sort", "palette", "columns", "cell_px")


class Compare(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """Recordings, Trainers or other things with kernels side by side, at one step.

    The kernels of each are painted in colors that mean the same numbers; of two, the difference is
    shown too. Under them are the curves of all in one chart, and a timeline. Trainers are followed
    as they train, all at the last step that each of them has taken; the buttons mean all of them.

    Parameters
    ----------
    runs
        Two or more: recordings, Trainers, or anything else that a view takes.
    names
        What they are called; by default their titles, or letters where these are alike.
    layer
        Name of the layer on show; the first that they have in common by default.
    metrics
        Names of the logged values in the chart; by default as many as stay readable.
    about
        Words to stand above them: their first sentence, and the others when asked for.

    Attributes
    ----------
    at
        The step on show; None is the last one that all of them have.

    Raises
    ------
    ValueError
        If there are fewer than two, or they have no layer in common.

    Examples
    --------
    >>> before = trainer.history  # doctest: +SKIP
    >>> trainer.restore(before, 300, before_edits=True)  # doctest: +SKIP
    >>> kw.Compare(before, trainer, names=["edited", "not edited"])  # doctest: +SKIP
    """

    at: traitlets.Int[Any, Any] = traitlets.Int(None, allow_none=True, min=0)

    def __init__(
        self,
        *runs: Any,
        names: Sequence[str] | None = None,
        layer: str | None = None,
        metrics: Sequence[str] | None = None,
        about: str = "",
    ) -> None:
        if len(runs) < 2:
            raise ValueError(f"give two or more to compare, not {len(runs)}")
        self._sides = [Side(run, "") for run in runs]
        for side, name in zip(self._sides, _names(self._sides, names), strict=True):
            side.name = name
        layers = _common(self._sides)
        self._difference = Difference(*self._sides) if len(runs) == 2 else None
        if self._difference is not None:
            alike = [info.name for info in self._difference.info.layers]
            layers = alike or layers
            self._difference = self._difference if alike else None
        if layer is not None and layer not in layers:
            raise ValueError(f"no layer {layer!r} in all of them; common are {', '.join(layers)}")
        self._together = Together(self._sides, metrics)
        for side in self._sides:
            side.show_only(layers)
            side.share_range(self._joint_range)
        self._told_at_s = 0.0
        self._go()
        self._grids = [KernelGrid(side, layer=layer or layers[0]) for side in self._sides]
        if self._difference is not None:
            self._grids.append(KernelGrid(self._difference, layer=layer or layers[0]))
        self._curves = LossCurve(self._together)
        self._line = TimelineView(self._together)
        super().__init__(self._arranged(about))
        self._tell()
        traitlets.link((self, "at"), (self._line, "at"))
        for grid in self._grids[1:]:
            for control in _LINKED:
                traitlets.link((self._grids[0], control), (grid, control))
        self.observe(lambda _: self._go(), names="at")
        leaves = [
            side.live.subscribe(_Listener(self)) for side in self._sides if side.live is not None
        ]
        self._leave = weakref.finalize(self, _leave, leaves)

    def close(self) -> None:
        """Take everything off the page and leave the runs."""
        if hasattr(self, "_leave"):
            self._leave()
            for view in (*self._grids, self._curves, self._line, *self._others):
                view.close()
        super().close()

    def follow(self) -> None:
        """Show what the runs have come to meanwhile."""
        now = time.monotonic()
        resting = self._together.status.state != "running"
        if resting or now - self._told_at_s >= _PERIOD_S:
            self._told_at_s = now
            self._go()
            self._tell()

    def _arranged(self, about: str) -> list[Any]:
        titles = [*(side.name for side in self._sides)]
        if self._difference is not None:
            titles.append(self._difference.info.title)
        columns = [
            ipywidgets.VBox([_words(f"<b>{html.escape(title)}</b>"), grid], layout=_LEAST)
            for title, grid in zip(titles, self._grids, strict=True)
        ]
        row = ipywidgets.GridBox(columns, layout=_SIDE_BY_SIDE)
        self._others: list[Any] = [row, *columns]
        parts: list[Any] = [row, self._curves, self._line]
        if self._together.info.verbs:
            controls = Controls(self._together)
            parts.insert(0, controls)
            self._others.append(controls)
        if about:
            words = _words(_folded(about))
            parts.insert(0, words)
            self._others.append(words)
        return parts

    def _go(self) -> None:
        at, gone = self.at, False
        # A hand may choose another step while the publisher's thread is on its way to this one.
        while not gone:
            self._go_to(at)
            gone, at = at == self.at, self.at
        if self._difference is not None:
            self._difference.refresh()

    def _go_to(self, at: int | None) -> None:
        spans = [span for side in self._sides if (span := side.steps) is not None]
        step = min((last for _, last in spans), default=0) if at is None else at
        for side in self._sides:
            side.go(step)

    def _tell(self) -> None:
        self._together.refresh()
        self._line.apply({"_timeline": msgspec.to_builtins(self._together.timeline)})

    def _joint_range(self, name: tuple[str, Wanted]) -> Ends | None:
        ranges = [ends for side in self._sides if (ends := side.range_of(name)) is not None]
        if not ranges:
            return None
        return min(low for low, _ in ranges), max(high for _, high in ranges)

    def __repr__(self) -> str:
        return f"Compare: {', '.join(side.name for side in self._sides)}"


class _Listener:
    """Hears of a live run for a comparison, which it does not keep alive."""

    def __init__(self, compare: Compare) -> None:
        self._compare = weakref.ref(compare)
        self._due = 0.0

    def request(self) -> Request | None:
        return Request(curves=True)

    def ready(self) -> bool:
        return time.monotonic() >= self._due

    def deliver(self, frame: Frame) -> None:  # noqa: ARG002  # that there is one is enough
        self._due = time.monotonic() + _PERIOD_S
        self._follow()

    def deliver_status(self, status: Status) -> None:  # noqa: ARG002  # that there is one is enough
        self._follow()

    def deliver_info(self, info: SourceInfo) -> None:
        """Of no interest."""

    def _follow(self) -> None:
        compare = self._compare()
        if compare is not None:
            compare.follow()


def _words(text: str) -> Any:
    # As wide as lines are easily read; ipywidgets' own lines stand as far apart as controls.
    style = "max-width: 50em; line-height: 1.4; padding: 4px"
    return ipywidgets.HTML(f'<div style="{style}">{text}</div>', layout=_LEAST)


def _folded(text: str) -> str:
    # The first sentence; the others take room that the kernels need, and come when asked for.
    first, _, more = text.partition(". ")
    if not more:
        return html.escape(text)
    summary = f'<summary style="cursor: pointer">{html.escape(first)}.</summary>'
    return f"<details>{summary}{html.escape(more)}</details>"


def _names(sides: Sequence[Side], names: Sequence[str] | None) -> list[str]:
    if names is not None:
        if len(names) != len(sides) or isinstance(names, str):
            raise ValueError(f"{len(sides)} runs need {len(sides)} names, not {names!r}")
        return [str(name) for name in names]
    titles = [side.title for side in sides]
    letters = [chr(ord("A") + index) for index in range(len(sides))]
    return titles if len(set(titles)) == len(titles) else letters


def _common(sides: Iterable[Side]) -> list[str]:
    lists = [[layer.name for layer in side.info.layers] for side in sides]
    common = [name for name in lists[0] if all(name in names for names in lists)]
    if not common:
        words = "; ".join(", ".join(names) or "none" for names in lists)
        raise ValueError(f"they have no layer of the same name in common: {words}")
    return common


def _leave(leaves: Iterable[Callable[[], None]]) -> None:
    for leave in leaves:
        leave()
