"""How many kernels of a layer are of which family, over the steps of training."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernelwidgets.kernels.description import BankDescription
from kernelwidgets.kernels.gabor import SMALLEST, gabor_share
from kernelwidgets.kernels.measures import FAMILIES
from kernelwidgets.widgets._chart import TEXT
from kernelwidgets.widgets.describing_chart import COLORS, DescriptionChart, key
from kernelwidgets.widgets.describing_looks import Look, Seen

__all__ = ["KernelCensus"]

MOST_POINTS = 400
MOST_FITS = 256
MOST_TICKS = 4
CHANCE = "#d9304f"


class KernelCensus(DescriptionChart):
    """How many kernels of a layer are of which family, over the steps, beside what chance gives.

    Families with a name are stacked from below; the dashed line is how many names noise with the
    spectra of these kernels would get. The caption counts, and for kernels of 5×5 and more says how
    many a Gabor function fits: by a quick score while training runs, by the full fit where nothing
    runs.

    Parameters
    ----------
    source
        As for the views.
    layer
        Name or position of the layer, or the module itself; the first by default.
    layout
        Order of the axes of an array, such as "HWIO" for Keras.

    Attributes
    ----------
    steps
        Steps at which was counted, at most once a second; shape (n,).
    counts
        Kernels of each family at these steps; shape (n, families), in the order of `FAMILIES`.
    chance
        Names that noise would get at these steps; shape (n,).
    gabor_share
        Share of the kernels that a Gabor function fits, and whether by the full fit; None for
        kernels below 5×5.

    Raises
    ------
    TypeError, ValueError
        As for the views.
    """

    steps: NDArray[np.int64] = np.zeros(0, np.int64)
    counts: NDArray[np.int64] = np.zeros((0, len(FAMILIES)), np.int64)
    chance: NDArray[np.float64] = np.zeros(0)
    gabor_share: tuple[float, bool] | None = None

    def _on_trait(self, _change: Any) -> None:
        with self._drawing:
            self._keep(np.zeros(len(self.steps), bool))
            self.gabor_share = None
            self._attend()

    def _build(self) -> None:
        import bqplot

        x = bqplot.LinearScale(allow_padding=False)
        y = bqplot.LinearScale(min=0, allow_padding=False)
        self._stack = bqplot.Lines(
            x=[0.0],
            y=[0.0],
            scales={"x": x, "y": y},
            fill="between",
            stroke_width=0,
            opacities=[0.0],
            fill_opacities=[0.9] * len(FAMILIES),
        )
        self._line = bqplot.Lines(
            x=[0.0],
            y=[0.0],
            scales={"x": x, "y": y},
            colors=[CHANCE],
            line_style="dashed",
            stroke_width=2,
        )
        self._across = bqplot.Axis(
            scale=x, grid_lines="none", tick_format="d", label="step", label_color=TEXT
        )
        self._up = bqplot.Axis(scale=y, side="left", grid_lines="none", tick_format="d")
        self._fill(
            bqplot.Figure(
                marks=[self._stack, self._line],
                axes=[self._across, self._up],
                fig_margin={"top": 8, "bottom": 40, "left": 36, "right": 12},
                background_style={"fill": "none"},
                animation_duration=0,
                layout={"width": "100%", "max_width": "480px", "height": "220px", "min_width": "0"},
            )
        )

    def _show(self, look: Look) -> None:
        seen = look.seen
        if seen is None:
            self._caption(f"{self._heading('Families', look)}<br>The weights are not finite.")
            return
        self._note(seen)
        self.gabor_share = _gabor_share(seen.bank, full=seen.resting)
        self._draw()
        self._caption("<br>".join([self._heading("Families", look), *self._legend(seen.bank)]))

    def _note(self, seen: Seen) -> None:
        """Add a count; what was counted later in a run that began again is forgotten."""
        self._keep(self.steps < seen.step)
        if len(self.steps) >= MOST_POINTS:
            self._keep(np.arange(len(self.steps)) % 2 == 0)
        counts = np.fromiter(seen.bank.census().values(), np.int64, len(FAMILIES))
        self.steps = np.append(self.steps, seen.step)
        self.counts = np.vstack([self.counts, counts])
        self.chance = np.append(self.chance, float(seen.bank.chance.sum()))

    def _keep(self, these: NDArray[np.bool_]) -> None:
        self.steps, self.counts = self.steps[these], self.counts[these]
        self.chance = self.chance[these]

    def _draw(self) -> None:
        steps, counts, chance = self.steps.astype(float), self.counts, self.chance
        if len(steps) == 1:
            # An area needs two ends.
            steps = np.array([steps[0] - 0.5, steps[0] + 0.5])
            counts, chance = counts.repeat(2, axis=0), chance.repeat(2)
        met = [index for index in range(len(FAMILIES)) if counts[:, index].any()]
        tops = np.cumsum(counts[:, met], axis=1).T[::-1]
        edges = np.vstack([tops, np.zeros(len(steps))]).astype(float)
        _span(self._across, steps[0], steps[-1])
        _span(self._up, 0, max(edges.max(), 1))
        with self._stack.hold_sync():
            self._stack.fill_colors = [COLORS[FAMILIES[index]] for index in met[::-1]] + ["white"]
            self._stack.opacities = [0.0] * len(edges)
            self._stack.x, self._stack.y = steps, edges
        with self._line.hold_sync():
            self._line.x, self._line.y = steps, chance

    def _legend(self, bank: BankDescription) -> list[str]:
        census = {family: count for family, count in bank.census().items() if count}
        keys = [key(family, f"{count} {family}") for family, count in census.items()]
        lines = [
            " ".join(keys) or "pointwise kernels have no family",
            f'<span style="color:{CHANCE}">┅</span> named by chance: about {self.chance[-1]:.1f}',
        ]
        if self.gabor_share is not None:
            share, full = self.gabor_share
            how = "full fit" if full else "quick score"
            of = f" of {MOST_FITS} kernels" if bank.code.size > MOST_FITS else ""
            lines.append(f"Gabor-like{of}: {share:.0%} (R² ≥ .8, {how})")
        return lines


def _span(axis: Any, low: float, high: float) -> None:
    """Let an axis reach from `low` to `high`, with a few whole numbers at its ticks."""
    steps = (digit * 10**power for power in itertools.count() for digit in (1, 2, 5))
    step = next(step for step in steps if (high - low) / step <= MOST_TICKS)
    with axis.scale.hold_sync():
        axis.scale.min, axis.scale.max = float(low), float(high)
    axis.tick_values = np.arange(math.ceil(low / step) * step, high + 0.5, step)


def _gabor_share(bank: BankDescription, *, full: bool) -> tuple[float, bool] | None:
    kernels = bank.kernels.reshape(bank.code.size, *bank.kernels.shape[bank.code.ndim :])
    if kernels.ndim != 3 or min(kernels.shape[1:]) < SMALLEST:
        return None
    some = kernels[:: -(-len(kernels) // MOST_FITS)]
    return gabor_share(some, quick=not full), full
