"""Horizontal or vertical? The smallest network whose kernels show what it was taught."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kernelwidgets.live.demos.batches import Batches
from kernelwidgets.live.demos.recipe import Recipe
from kernelwidgets.live.demos.starts import draw_kernels

__all__ = ["LineNetwork", "lines", "lines_recipe"]

_SIDE = 24
# A kernel of 7×7 sees each line in each of its rows, and never two lines at once: nothing is to be
# gained from a second line in it.
_RIM, _APART = 6, 7
_NOISE = 0.1


class LineNetwork(nn.Module):
    """Tells whether the lines of a picture are horizontal or vertical.

    One convolution, the strongest answer of each filter anywhere in the picture, two sums.

    Parameters
    ----------
    filters, size
        Number and side of the kernels.
    law
        Initialization law of the kernels.
    """

    def __init__(self, filters: int, size: int, law: str) -> None:
        super().__init__()
        self.law = law
        self.conv = nn.Conv2d(1, filters, size)
        # A filter that never answers learns nothing under a plain ReLU, and would stay broken.
        self.relu = nn.LeakyReLU(0.1)
        self.strongest = nn.AdaptiveMaxPool2d(1)
        # Each filter has to do without the others now and then, so none is left idle.
        self.dropout = nn.Dropout(0.5)
        self.sums = nn.Linear(filters, 2)

    def reset_parameters(self) -> None:
        """Draw the kernels anew, after the layers did so themselves."""
        draw_kernels(self, self.law)

    def forward(self, pictures: Tensor) -> Tensor:
        """Two logits for each picture, `(n, 1, height, width)` → `(n, 2)`."""
        answers = self.strongest(self.relu(self.conv(pictures))).flatten(1)
        logits: Tensor = self.sums(self.dropout(answers))
        return logits


def lines(count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Pictures of one or two lines of one orientation, with noise of standard deviation .1.

    Returns
    -------
    tuple
        Pictures `(count, 1, 24, 24)`, and labels `(count,)`: 0 for horizontal, 1 for vertical.
    """
    label = torch.randint(2, (count,), generator=generator)
    which = torch.randint(3, (count, 1), generator=generator)
    upper = torch.randint(_RIM, _SIDE - _RIM - _APART, (count, 1), generator=generator)
    row = torch.arange(_SIDE)
    drawn = ((row == upper) & (which != 1)) | ((row == upper + _APART) & (which != 0))
    rows = drawn.float()[:, :, None].expand(-1, -1, _SIDE)
    pictures = torch.where(label[:, None, None] == 0, rows, rows.transpose(1, 2))
    noise = _NOISE * torch.randn(pictures.shape, generator=generator)
    return (pictures + noise)[:, None], label


def _probe() -> tuple[Tensor, list[str]]:
    row, column = torch.zeros(_SIDE, _SIDE), torch.zeros(_SIDE, _SIDE)
    row[[7, 16]] = 1
    column[:, [7, 16]] = 1
    pictures = {
        "horizontal": row,
        "vertical": column,
        "both (never seen)": torch.maximum(row, column),
        "diagonal (never seen)": torch.eye(_SIDE),
        "blank (never seen)": torch.zeros(_SIDE, _SIDE),
    }
    return torch.stack(list(pictures.values()))[:, None], list(pictures)


def lines_recipe(filters: int, size: int, law: str) -> Recipe:
    """A classifier of horizontal and vertical lines."""
    generator = torch.Generator().manual_seed(0)
    pictures, labels = lines(4096, generator)
    model = LineNetwork(filters, size, law)
    return Recipe(
        title="Lines",
        about=(
            "A small classifier: is the picture made of horizontal or of vertical lines? It is "
            "almost always right after a few dozen steps, long before its kernels look like "
            "anything; strong weight decay then wipes away what they do not need, and lines "
            "remain. Some probe pictures are of a kind it was never shown: it has to answer "
            "horizontal or vertical all the same."
        ),
        model=model,
        data=Batches(pictures, labels, size=64),
        loss=_loss,
        optimizer=torch.optim.AdamW(model.parameters(), lr=3e-3, betas=(0.9, 0.99), weight_decay=2),
        validation=[lines(1024, generator)],
        probe=_probe(),
        classes=("horizontal", "vertical"),
        max_steps_per_s=12,
    )


def _loss(logits: Tensor, labels: Tensor) -> Tensor:
    # With smoothed labels the network is never quite content, so it goes on learning.
    return F.cross_entropy(logits, labels, label_smoothing=0.1)
