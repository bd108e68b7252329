"""Handwritten digits: the 3×3 kernels of a small convolutional network."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kernelwidgets.live.demos.batches import Batches
from kernelwidgets.live.demos.recipe import Recipe
from kernelwidgets.live.demos.starts import draw_kernels

__all__ = ["TRAINING", "DigitNetwork", "digits", "digits_recipe"]

TRAINING = 1347


class DigitNetwork(nn.Module):
    """Two convolution layers with pooling, and a sum for each of the ten digits.

    Parameters
    ----------
    filters, size
        Number and side of the kernels of the first layer; the second has 32 of 3×3.
    side
        Side of the pictures in pixels, a multiple of four.
    law
        Initialization law of the kernels.
    """

    def __init__(self, filters: int, size: int, side: int, law: str) -> None:
        super().__init__()
        self.law = law
        self.conv1 = nn.Conv2d(1, filters, size, padding="same")
        self.conv2 = nn.Conv2d(filters, 32, 3, padding="same")
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(2)
        self.sums = nn.Linear(32 * (side // 4) ** 2, 10)

    def reset_parameters(self) -> None:
        """Draw the kernels anew, after the layers did so themselves."""
        draw_kernels(self, self.law)

    def forward(self, pictures: Tensor) -> Tensor:
        """Ten logits for each picture, `(n, 1, side, side)` → `(n, 10)`."""
        maps = self.pool(self.relu(self.conv1(pictures)))
        maps = self.pool(self.relu(self.conv2(maps)))
        logits: Tensor = self.sums(maps.flatten(1))
        return logits


def digits() -> tuple[Tensor, Tensor]:
    """The 1797 handwritten digits that come with scikit-learn, shuffled once for all.

    Returns
    -------
    tuple
        Pictures `(1797, 1, 8, 8)` from 0 to 1, and labels `(1797,)`.

    Raises
    ------
    ImportError
        If scikit-learn is missing.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise ImportError("the digits come with scikit-learn: pip install scikit-learn") from error
    bunch = load_digits()
    order = torch.randperm(len(bunch.target), generator=torch.Generator().manual_seed(0))
    pictures = torch.as_tensor(bunch.images, dtype=torch.float32)[:, None] / 16
    return pictures[order], torch.as_tensor(bunch.target, dtype=torch.int64)[order]


def digits_recipe(filters: int, size: int, law: str) -> Recipe:
    """A classifier of handwritten digits."""
    pictures, labels = digits()
    if size > 3:
        # Larger kernels would cover the whole of an 8×8 picture.
        pictures = F.interpolate(pictures, size=(28, 28), mode="bilinear")
    model = DigitNetwork(filters, size, pictures.shape[-1], law)
    test = pictures[TRAINING:], labels[TRAINING:]
    first = [int((test[1] == digit).nonzero()[0]) for digit in range(10)]
    return Recipe(
        title="Digits",
        about=(
            "A small classifier that reads handwritten digits, right about 98 times in 100 on "
            "digits it never saw. Do not expect neat edge detectors: most of its 3×3 kernels "
            "end close to the random numbers they began with, and only some can be named. "
            "The network works all the same; size=7 gives kernels in which more can be seen."
        ),
        model=model,
        data=Batches(pictures[:TRAINING], labels[:TRAINING], size=64),
        loss=_loss,
        optimizer=torch.optim.AdamW(model.parameters(), lr=3e-3, betas=(0.9, 0.99), weight_decay=1),
        validation=[test],
        probe=(test[0][first], list(map(str, range(10)))),
        classes=tuple(map(str, range(10))),
        max_steps_per_s=20,
    )


def _loss(logits: Tensor, labels: Tensor) -> Tensor:
    # With smoothed labels the network is never quite content, so it goes on learning.
    return F.cross_entropy(logits, labels, label_smoothing=0.1)
