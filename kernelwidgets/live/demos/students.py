"""Can a network find a kernel that someone else has made? It sees only what that kernel answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kernelwidgets.kernels import filters as hand_made
from kernelwidgets.live.demos.batches import Batches
from kernelwidgets.live.demos.pictures import all_dead_leaves, natural_pictures
from kernelwidgets.live.demos.recipe import Recipe
from kernelwidgets.live.demos.starts import draw_kernels

__all__ = ["Student", "peak_recipe", "teacher_recipe"]

_BATCH = 64
_LENGTH = 32
_SIDE = 24
_POOL = 5

_PEAK = (
    "Can backprop find the peak filter [{target}] in random numbers? Each kernel is a start of its "
    "own and learns alone, on noise. It is told {lesson} "
)
_SUPERVISIONS = {
    "output": "the whole output of the target, and every start becomes the target.",
    "argmax": (
        "only where the target answers most, and every start becomes the target; only its length "
        "is left open, and goes on growing."
    ),
    "maxpool": (
        f"only the largest of every {_POOL} answers of the target. Of three numbers only about "
        "half of the starts become the target. The others end close to its opposite, a valley "
        "filter, and stay: whatever changes them a little makes the error larger. The beginning "
        "decides: those more unlike the target than like it hardly ever find it. Longer kernels "
        "do more often: try size=15."
    ),
}

_TEACHER = (
    "A hand-made kernel is hidden; the network sees pictures, and what that kernel makes of them. "
    "Each kernel is a start of its own and learns alone. "
)
_NOISE = (
    "On noise they all become the target, number by number. On photographs they mostly do not: "
    'try pictures="photographs". '
)
_NATURAL = (
    "On {pictures} they soon answer almost as the target does, and yet have other numbers: fine "
    "detail is rare in such pictures, so mistakes about it cost next to nothing. "
)
_HIDDEN = "The target is the layer of that name: change it, and they follow."


class Student(nn.Module):
    """Kernels that learn to answer as a hidden one does, each on its own.

    Parameters
    ----------
    target
        The hidden kernel, `(length,)` or `(height, width)`.
    filters
        How many kernels learn.
    law
        Initialization law of the kernels.
    end
        What is done with the answers before they are compared.
    """

    def __init__(self, target: Tensor, filters: int, law: str, end: nn.Module) -> None:
        super().__init__()
        self._hidden, self.law = target, law
        layer: Any = nn.Conv1d if target.ndim == 1 else nn.Conv2d
        self.conv = layer(1, filters, tuple(target.shape), bias=False)
        self.target = layer(1, 1, tuple(target.shape), bias=False).requires_grad_(False)
        self.end = end

    def reset_parameters(self) -> None:
        """Draw the kernels anew; the target is what it was."""
        draw_kernels(self.conv, self.law)
        with torch.no_grad():
            self.target.weight.copy_(self._hidden)

    def distance(self) -> Tensor:
        """Mean of 1 − cosine between the kernels and the target: 0 the same, 2 the opposite."""
        target = self.target.weight.detach().flatten(1)
        cosines = F.cosine_similarity(self.conv.weight.detach().flatten(1), target)
        return 1 - cosines.mean()

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Answers of the kernels, `(n, filters, …)`, and of the target, `(n, 1, …)`."""
        return self.end(self.conv(x)), self.end(self.target(x))


class Noise:
    """Batches of Gaussian noise without end, 64 of a shape."""

    def __init__(self, *shape: int) -> None:
        self._shape = (_BATCH, *shape)

    def __iter__(self) -> Iterator[tuple[Tensor]]:
        while True:
            yield (torch.randn(self._shape),)


def peak_recipe(filters: int, size: int, law: str, supervision: str = "output") -> Recipe:
    """The peak filter in one dimension."""
    if supervision not in _SUPERVISIONS:
        raise ValueError(f"no supervision {supervision!r}; there are {', '.join(_SUPERVISIONS)}")
    pooled = supervision == "maxpool"
    target = torch.from_numpy(hand_made.peak((size,))).float()
    return _recipe(
        title="The peak filter",
        about=_PEAK.format(
            target=", ".join(f"{cell:.0f}" for cell in target).replace("-", "−"),
            lesson=_SUPERVISIONS[supervision],
        ),
        model=Student(target, filters, law, nn.MaxPool1d(_POOL) if pooled else nn.Identity()),
        data=Noise(1, _LENGTH),
        error=_place_error if supervision == "argmax" else F.mse_loss,
        rate=0.02,
        probe=_signals(),
    )


def teacher_recipe(
    filters: int, size: int, law: str, target: str = "sobel_x", pictures: str = "noise"
) -> Recipe:
    """Any hand-made kernel in two dimensions."""
    presets = {
        name.lower().replace(" ", "_"): kernel
        for name, kernel in hand_made.presets(size, size).items()
    }
    if target not in presets:
        raise ValueError(f"no target {target!r} of size {size}; there are {', '.join(presets)}")
    if pictures not in ("noise", "photographs"):
        raise ValueError(f"pictures are 'noise' or 'photographs', not {pictures!r}")
    cuts, what = _cuts()
    natural = pictures == "photographs"
    lesson = _NATURAL.format(pictures=what) if natural else _NOISE
    noise = torch.randn(1, 1, _SIDE, _SIDE, generator=torch.Generator().manual_seed(0))
    return _recipe(
        title="Teacher and students",
        about=_TEACHER + lesson,
        model=Student(torch.from_numpy(presets[target]), filters, law, nn.Identity()),
        data=Batches(cuts, size=_BATCH) if natural else Noise(1, _SIDE, _SIDE),
        error=F.mse_loss,
        rate=0.01,
        probe=(torch.cat([noise, cuts[:: len(cuts) // 3][:3]]), ["noise", *["picture"] * 3]),
    )


def _recipe(
    title: str,
    about: str,
    model: Student,
    data: Iterable[tuple[Tensor, ...]],
    error: Callable[[Tensor, Tensor], Tensor],
    rate: float,
    probe: tuple[Tensor, list[str]],
) -> Recipe:
    def step(network: nn.Module, batch: Sequence[Tensor]) -> Tensor:
        learned, taught = network(batch[0])
        # The kernels do not meet: under Adam each learns from the mean as from its own error.
        return error(learned, taught.expand_as(learned))

    return Recipe(
        title=title,
        about=about + _HIDDEN,
        model=model,
        data=data,
        step=step,
        optimizer=torch.optim.Adam(model.conv.parameters(), lr=rate),
        curves=lambda: {"distance to the target (1 − cosine)": model.distance()},
        probe=probe,
        max_steps_per_s=15,
    )


def _place_error(learned: Tensor, taught: Tensor) -> Tensor:
    return F.cross_entropy(learned.flatten(0, 1), taught.argmax(2).flatten())


def _signals() -> tuple[Tensor, list[str]]:
    generator = torch.Generator().manual_seed(0)
    peak, step = torch.zeros(_LENGTH), torch.zeros(_LENGTH)
    peak[_LENGTH // 2] = step[_LENGTH // 2 :] = 1
    signals = {
        "noise": torch.randn(_LENGTH, generator=generator),
        "a peak": peak,
        "a valley": -peak,
        "a step": step,
    }
    return torch.stack(list(signals.values()))[:, None], list(signals)


def _cuts() -> tuple[Tensor, str]:
    """Squares of photographs, `(n, 1, 24, 24)` with mean 0 and variance 1, and what they are."""
    photographs = natural_pictures(color=False)
    pictures = photographs or all_dead_leaves(color=False)
    cuts = torch.cat(
        [
            torch.from_numpy(picture).float().unfold(0, _SIDE, _SIDE).unfold(1, _SIDE, _SIDE)
            .reshape(-1, 1, _SIDE, _SIDE)
            for picture in pictures
        ]
    )  # fmt: skip
    what = "photographs" if photographs else "made-up pictures of overlapping disks"
    return (cuts - cuts.mean()) / cuts.std(), what
