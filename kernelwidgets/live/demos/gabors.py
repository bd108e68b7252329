"""Edges, textures and colors out of noise: a sparse autoencoder on patches of pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kernelwidgets.live.demos.batches import Batches
from kernelwidgets.live.demos.patches import Picture, color_patches, gray_patches
from kernelwidgets.live.demos.pictures import all_dead_leaves, natural_pictures, pink_noise
from kernelwidgets.live.demos.recipe import Recipe
from kernelwidgets.live.demos.starts import draw_kernels

__all__ = [
    "SparseAutoencoder",
    "gabors_color_recipe",
    "gabors_recipe",
    "pink_noise_recipe",
]

_KEPT = 3
_AUDIENCE = 8
_RESTING = 1e-3
_SOFTENING = 0.1

_PHOTOGRAPHS = ("astronaut", "cat", "coffee", "rocket")

_WHAT_IT_IS = (
    "Not a classifier: a sparse autoencoder. It redraws small patches of pictures as sums of only "
    "three of its kernels, so each kernel becomes something that is often seen. "
)
_NATURAL = "The patches come from {count} photographs. "
_SYNTHETIC = (
    "The patches come from made-up pictures of overlapping disks (scikit-image, whose photographs "
    "it would use, is not installed). "
)


class SparseAutoencoder(nn.Module):
    """Redraws a patch as a sum of the few kernels that answer to it most.

    After Makhzani and Frey 2014, "k-sparse autoencoders", and 2015, "Winner-take-all
    autoencoders". Answers are divided by the kernels' lengths, so only their shapes count.

    Parameters
    ----------
    channels
        Channels of the pictures.
    filters, size
        Number and side of the kernels.
    law
        Initialization law of the kernels.
    """

    def __init__(self, channels: int, filters: int, size: int, law: str) -> None:
        super().__init__()
        self.law = law
        self.conv = nn.Conv2d(channels, filters, size, bias=False)
        self.keep = KeepLargest()

    def reset_parameters(self) -> None:
        """Draw the kernels anew."""
        draw_kernels(self, self.law)

    def lengths(self) -> Tensor:
        """Euclidean norm of each kernel, `(filters,)`, softened near zero."""
        return (self.conv.weight.square().sum((1, 2, 3)) + _SOFTENING**2).sqrt()

    def forward(self, pictures: Tensor) -> Tensor:
        """Redraw pictures `(n, channels, height, width)`; their sides are at least the kernels'."""
        lengths = self.lengths()[:, None, None]
        # The resting answer lets even a kernel of zeros be asked, so that it can learn again.
        answers = self.keep((self.conv(pictures) + _RESTING) / lengths)
        return F.conv_transpose2d(answers / lengths, self.conv.weight)


class KeepLargest(nn.Module):
    """Keeps the three largest answers at each place, by magnitude, and drops the others.

    While it learns each filter also keeps those of the batch that suit it best: a kernel that was
    broken would otherwise hardly ever be asked again.
    """

    def forward(self, answers: Tensor) -> Tensor:
        """Answers `(n, filters, height, width)` with most of them zero."""
        strength = answers.detach().pow(2)
        kept = min(_KEPT, answers.shape[1])
        keep = torch.zeros_like(strength, dtype=torch.bool)
        keep.scatter_(1, strength.topk(kept, 1).indices, value=True)
        if self.training:
            audience = min(_AUDIENCE, len(answers))
            keep.scatter_(0, strength.topk(audience, 0).indices, value=True)
        return answers.masked_fill(~keep, 0)


def gabors_recipe(filters: int, size: int, law: str) -> Recipe:
    """Kernels of gray pictures."""
    pictures = natural_pictures(color=False)
    source = _SYNTHETIC if pictures is None else _NATURAL.format(count="seven")
    return _recipe(
        "Gabors out of noise",
        _WHAT_IT_IS + source + "Nobody asked for edges, yet nearly all kernels end as "
        "something that a Gabor function fits: a grating of one direction or, often, a long edge.",
        pictures or all_dead_leaves(color=False),
        _PHOTOGRAPHS if pictures else ("leaves",) * 4,
        filters,
        size,
        law,
    )


def gabors_color_recipe(filters: int, size: int, law: str) -> Recipe:
    """Kernels of color pictures."""
    pictures = natural_pictures(color=True)
    source = _SYNTHETIC if pictures is None else _NATURAL.format(count="four")
    return _recipe(
        "Gabors and colors out of noise",
        _WHAT_IT_IS + source + "Most kernels become gray edges; some become pairs of opposite "
        "colors, as in the first layer of the network that won ImageNet in 2012.",
        pictures or all_dead_leaves(color=True),
        _PHOTOGRAPHS if pictures else ("leaves",) * 4,
        filters,
        size,
        law,
    )


def pink_noise_recipe(filters: int, size: int, law: str) -> Recipe:
    """The same network on noise: the control experiment."""
    rng = np.random.default_rng(0)
    return _recipe(
        "Pink noise, the control",
        _WHAT_IT_IS + "Here the patches are noise with the spectrum of photographs but without "
        "edges, and no edges come out: blobs, as good as none of which a Gabor function fits. "
        "What the kernels show lies in the pictures, not in the method.",
        [pink_noise(rng) for _ in range(8)],
        ("noise",) * 4,
        filters,
        size,
        law,
    )


def _recipe(
    title: str,
    about: str,
    pictures: Sequence[Picture],
    names: Sequence[str],
    filters: int,
    size: int,
    law: str,
) -> Recipe:
    rng = np.random.default_rng(0)
    color = pictures[0].ndim == 3
    patches, probe = (color_patches if color else gray_patches)(pictures, size, rng)
    model = SparseAutoencoder(patches.shape[1], filters, size, law)
    return Recipe(
        title=title,
        about=about,
        model=model,
        data=Batches(patches, size=256),
        step=reconstruction_loss,
        optimizer=torch.optim.Adam(model.parameters(), lr=4e-3, betas=(0.9, 0.99)),
        probe=(probe, list(names)),
        max_steps_per_s=20,
    )


def reconstruction_loss(model: nn.Module, batch: Sequence[Tensor]) -> Tensor:
    """Mean squared error of the redrawn patches, plus a pull of the kernels to unit length."""
    assert isinstance(model, SparseAutoencoder)
    (patches,) = batch
    error: Tensor = (model(patches) - patches).square().mean()
    return error + 0.01 * (model.lengths() - 1).square().sum()
