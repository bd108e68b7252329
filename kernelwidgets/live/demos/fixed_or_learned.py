"""Hand-made or learned? Four networks that differ in nothing but their first kernels."""

from __future__ import annotations

import dataclasses
import functools
import importlib
from collections.abc import Iterator, Mapping
from typing import Any

import torch

from kernelwidgets.kernels import filters as hand_made
from kernelwidgets.live.demos.batches import Batches
from kernelwidgets.live.demos.digits import TRAINING, DigitNetwork, digits, digits_recipe
from kernelwidgets.live.demos.recipe import Recipe
from kernelwidgets.live.trainer import Trainer

__all__ = ["Contest", "fixed_or_learned_recipes"]

_ABOUT = (
    "Four readers of handwritten digits, alike but for the kernels of their first layer: random "
    "and learned, random and frozen, Gabor functions and frozen, or Gabor functions to start from. "
    "Everything else is the same: the other weights at the start, the order of the digits, and "
    "how large the first kernels are on average. Do not expect much of a winner: after 600 steps "
    "all four read about 98 or 99 of 100 digits that they never saw, since the layers behind learn "
    "to use whatever the first one gives them. In three seeds random and frozen kernels came last "
    "each time, one percent behind the learned ones; Gabors that never learned came closer, at "
    "most .7 percent behind; and as a start they were ahead after 150 steps and level after 600. "
    "There are only 450 such digits, so one percent is four or five of them: try other seeds."
)


class _GaborNetwork(DigitNetwork):
    """The same with Gabor functions in the first layer, as large as its random kernels were."""

    def reset_parameters(self) -> None:
        """Draw everything as the others do, so that the rest is the same."""
        super().reset_parameters()
        with torch.no_grad():
            weight = self.conv1.weight
            norm = float(weight.flatten(1).norm(dim=1).mean())
            size = weight.shape[2]
            bank = hand_made.bank(len(weight), size, kinds=("gabor",), norm=norm)
            weight.copy_(torch.from_numpy(bank))


def fixed_or_learned_recipes(filters: int, size: int, law: str) -> dict[str, Recipe]:
    """The four by their names."""
    pictures, labels = digits()
    common = digits_recipe(filters, 3, law)

    def recipe(kind: type[DigitNetwork], *, learns: bool) -> Recipe:
        model = kind(filters, size, pictures.shape[-1], law)
        model.conv1.requires_grad_(learns)
        learned = [each for each in model.parameters() if each.requires_grad]
        return dataclasses.replace(
            common,
            title="Fixed or learned",
            about=_ABOUT,
            model=model,
            data=Batches(pictures[:TRAINING], labels[:TRAINING], size=64),
            optimizer=torch.optim.AdamW(learned, lr=3e-3, betas=(0.9, 0.99), weight_decay=1),
        )

    return {
        "random, learned": recipe(DigitNetwork, learns=True),
        "random, frozen": recipe(DigitNetwork, learns=False),
        "Gabor, frozen": recipe(_GaborNetwork, learns=False),
        "Gabor start": recipe(_GaborNetwork, learns=True),
    }


class Contest(Mapping[str, Trainer]):
    """Several trainers by name, driven as one; shown as a `Compare` of them.

    Parameters
    ----------
    trainers
        Who takes part, in their order; all have a test accuracy.
    about
        What it is, and what to expect of it.
    """

    def __init__(self, title: str, about: str, trainers: Mapping[str, Trainer]) -> None:
        self.title, self.about = title, about
        self._trainers = dict(trainers)

    def __getitem__(self, name: str) -> Trainer:
        if name not in self._trainers:
            names = ", ".join(map(repr, self._trainers))
            raise KeyError(f"nobody called {name!r} takes part; there are {names}")
        return self._trainers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._trainers)

    def __len__(self) -> int:
        return len(self._trainers)

    def fit(self, steps: int) -> None:
        """Have each take `steps` steps here and now, one after the other."""
        for trainer in self.values():
            trainer.fit(steps)

    def start(self) -> None:
        """Train all in the background, or go on after a pause."""
        for trainer in self.values():
            trainer.start()

    def pause(self) -> None:
        """Have all that train wait."""
        for trainer in self.values():
            if trainer.training:
                trainer.pause()

    def restart(self, seed: int | None = None) -> None:
        """Begin again at step 0, all with one seed; None is the same start."""
        for trainer in self.values():
            trainer.restart(seed).wait()

    def close(self) -> None:
        """Close all, and take what shows them off the page."""
        if "_compare" in vars(self):
            self._compare.close()
        for trainer in self.values():
            trainer.close()

    @property
    def accuracies(self) -> dict[str, float]:
        """Share of the test that each gets right, as it was measured last; empty before that."""
        found = {}
        for name, trainer in self.items():
            history = trainer.history
            measured = None if history is None else history.metrics.get("test accuracy")
            if measured is not None:
                found[name] = float(measured[1][-1])
        return found

    def __repr__(self) -> str:
        width = max(map(len, self))
        rows = (
            f"{name:{width}}   {trainer.status.text}   {trainer.status.score_text}".rstrip()
            for name, trainer in self.items()
        )
        return "\n".join([self.title, *rows])

    @functools.cached_property
    def _compare(self) -> Any:
        # Widgets stand above and may not even be installed: they are looked up when shown.
        widgets = importlib.import_module("kernelwidgets")
        return widgets.Compare(
            *self.values(), names=list(self), metrics=["test accuracy"], about=self.about
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self._compare._repr_mimebundle_(**kwargs)
