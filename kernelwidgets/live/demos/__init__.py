"""Networks that are ready to be watched: data, model, loss and loop in one call."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, overload

from torch import Tensor

from kernelwidgets.live.arguments import whole_number
from kernelwidgets.live.demos.digits import digits_recipe
from kernelwidgets.live.demos.fixed_or_learned import Contest, fixed_or_learned_recipes
from kernelwidgets.live.demos.gabors import (
    gabors_color_recipe,
    gabors_recipe,
    pink_noise_recipe,
)
from kernelwidgets.live.demos.lines import lines_recipe
from kernelwidgets.live.demos.recipe import Recipe
from kernelwidgets.live.demos.starts import require_law
from kernelwidgets.live.demos.students import peak_recipe, teacher_recipe
from kernelwidgets.live.random_stream import RandomStream
from kernelwidgets.live.trainer import Trainer

__all__ = ["Contest", "Demos", "demo"]

_BUDGET = 0.25
"""Share of training time for watching: here one came to look."""


@dataclass(frozen=True)
class _Demo:
    recipe: Callable[..., Recipe | dict[str, Recipe]]
    filters: int
    size: int
    largest: int
    text: str
    options: tuple[str, ...] = ()
    dimensions: int = 2

    @property
    def kernels(self) -> str:
        """What learns, in a few words."""
        size = "×".join([str(self.size)] * self.dimensions)
        return f"{self.filters} kernels {'of length ' if self.dimensions == 1 else ''}{size}"


_DEMOS = {
    "lines": _Demo(
        lines_recipe, 8, 7, 15, "horizontal or vertical lines: kernels become what they see"
    ),
    "digits": _Demo(
        digits_recipe, 32, 3, 9, "handwritten digits: 3×3 kernels of two layers, and a test score"
    ),
    "gabors": _Demo(
        gabors_recipe, 64, 12, 16, "patches of photographs: edges and gratings come out of noise"
    ),
    "gabors_color": _Demo(
        gabors_color_recipe, 64, 10, 12, "color patches: gray edges, and pairs of opposite colors"
    ),
    "pink_noise": _Demo(
        pink_noise_recipe, 64, 12, 16, "the control: noise has no edges, so none are learned"
    ),
    "peak": _Demo(
        peak_recipe,
        24,
        3,
        15,
        "does backprop find [−1, 1, −1]? it depends on what it is told",
        ("supervision",),
        1,
    ),
    "teacher": _Demo(
        teacher_recipe,
        6,
        5,
        11,
        "a hand-made kernel is hidden, and found from what it answers",
        ("target", "pictures"),
    ),
    "fixed_or_learned": _Demo(
        fixed_or_learned_recipes,
        32,
        5,
        7,
        "random or Gabor, learned or frozen: four first layers on equal terms",
    ),
}

# A notebook has one pair of eyes: whoever opens a demo has left the one before.
_opened: weakref.WeakSet[Trainer] = weakref.WeakSet()


class Demos(tuple[str, ...]):
    """The names of the demos; prints as a table."""

    __slots__ = ()

    def __repr__(self) -> str:
        rows = [(f'kw.demo("{name}")', demo.kernels, demo.text) for name, demo in _DEMOS.items()]
        widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
        return "\n".join(
            f"{call:{widths[0]}}   {kernels:{widths[1]}}   {text}" for call, kernels, text in rows
        )


class DemoTrainer(Trainer):
    """A trainer with a title, and words about what it shows."""

    def __init__(self, recipe: Recipe, seed: int) -> None:
        super().__init__(
            recipe.model,
            recipe.data,
            recipe.loss,
            recipe.optimizer,
            step=recipe.step,
            validation=recipe.validation,
            probe=recipe.probe,
            classes=recipe.classes,
            seed=seed,
            budget=_BUDGET,
            max_steps_per_s=recipe.max_steps_per_s,
        )
        self._title, self._about = recipe.title, recipe.about
        self._more_curves = recipe.curves

    @property
    def title(self) -> str:
        """Name of the demo."""
        return self._title

    @property
    def about(self) -> str:
        """What it is, and what to expect of it."""
        return self._about

    def _log_loss(self, loss: Tensor) -> None:
        super()._log_loss(loss)
        self._curves.log(self.step_count + 1, self._more_curves())


@overload
def demo(name: None = None) -> Demos: ...


@overload
def demo(  # type: ignore[overload-overlap]  # of a name of its own comes something of its own
    name: Literal["fixed_or_learned"],
    *,
    seed: int = 0,
    filters: int | None = None,
    size: int | None = None,
    init: str = "torch_default",
) -> Contest: ...


@overload
def demo(
    name: str,
    *,
    seed: int = 0,
    filters: int | None = None,
    size: int | None = None,
    init: str = "torch_default",
    supervision: str | None = None,
    target: str | None = None,
    pictures: str | None = None,
) -> DemoTrainer: ...


def demo(
    name: str | None = None,
    *,
    seed: int = 0,
    filters: int | None = None,
    size: int | None = None,
    init: str = "torch_default",
    supervision: str | None = None,
    target: str | None = None,
    pictures: str | None = None,
) -> DemoTrainer | Contest | Demos:
    """A network that is ready to be watched, or without a name the list of those there are.

    Demos begin slowed down (`max_steps_per_s`) and never end. A demo that still runs is paused.

    Parameters
    ----------
    name
        "lines", "digits", "gabors", "gabors_color", "pink_noise", "peak", "teacher" or
        "fixed_or_learned".
    seed
        Where weights and data order begin.
    filters, size
        Number and side of the kernels of the first layer.
    init
        Law of the random start: "torch_default", "glorot_uniform", "glorot_normal", "he_uniform",
        "he_normal" or "orthogonal".
    supervision
        What "peak" is told of the right answer: "output" (all of it, the default), "argmax" (the
        place of its largest number) or "maxpool" (the largest of every five).
    target
        What "teacher" hides: a hand-made kernel such as "sobel_x" (the default) or "laplacian".
    pictures
        What "teacher" shows: "noise" (the default) or "photographs".

    Returns
    -------
    Trainer
        With a `title` and an `about`; of "fixed_or_learned" a `Contest` of four.

    Raises
    ------
    ValueError
        If there is no such demo or law, or a number is out of its range.
    TypeError
        If the demo has no such parameter.
    """
    if name is None:
        return Demos(_DEMOS)
    if name not in _DEMOS:
        raise ValueError(f"no demo {name!r}; there are {', '.join(_DEMOS)}")
    entry = _DEMOS[name]
    filters = _within("filters", entry.filters if filters is None else filters, 1, 256)
    size = _within("size", entry.size if size is None else size, 3, entry.largest)
    given = {"supervision": supervision, "target": target, "pictures": pictures}
    options = {option: value for option, value in given.items() if value is not None}
    for option in options.keys() - {*entry.options}:
        owners = [f"{owner!r}" for owner, other in _DEMOS.items() if option in other.options]
        raise TypeError(f"{option} is for the demo {' or '.join(owners)}, not {name!r}")
    with RandomStream(seed):
        recipe = entry.recipe(filters, size, require_law(init), **options)
    for other in list(_opened):
        if other.training:
            other.pause()
    if isinstance(recipe, dict):
        trainers = {each: _opened_trainer(part, seed) for each, part in recipe.items()}
        first = next(iter(trainers.values()))
        return Contest(first.title, first.about, trainers)
    return _opened_trainer(recipe, seed)


def _opened_trainer(recipe: Recipe, seed: int) -> DemoTrainer:
    trainer = DemoTrainer(recipe, seed)
    trainer.restart(seed)
    _opened.add(trainer)
    return trainer


def _within(name: str, value: int, least: int, most: int) -> int:
    if not least <= whole_number(name, value) <= most:
        raise ValueError(f"{name} is from {least} to {most} here, not {value}")
    return value
