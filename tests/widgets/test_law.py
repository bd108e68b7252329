"""Which law is named for the weights that a layer starts with."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from kernelwidgets.kernels.initialization import INITIALIZATIONS, initial_weights
from kernelwidgets.widgets._law import law_named, recognize

DRAWS = 200
# With 5 outputs of one input Glorot uniform is torch's default: 6 / (25 + 125) = 1 / 25.
SHAPES = [(16, 3, 3, 3), (8, 1, 3, 3), (6, 1, 5), (5, 1, 5, 5), (32, 8, 3, 3), (8, 1, 7, 7)]


def _named(weights: NDArray[np.float64] | NDArray[np.float32], law: str) -> str:
    found = recognize(weights)
    if found is None:
        return "none"
    return "right" if law in (found.name, *found.also) else "wrong"


@pytest.mark.parametrize("law", INITIALIZATIONS)
@pytest.mark.parametrize("shape", SHAPES)
def test_laws_are_recognized_and_hardly_ever_confused(law: str, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    names = Counter(_named(initial_weights(law, shape, rng), law) for _ in range(DRAWS))
    assert names["wrong"] <= 0.01 * DRAWS
    if np.prod(shape) >= 100:
        assert names["right"] >= 0.9 * DRAWS


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.Conv2d(3, 16, 3),
        lambda: nn.Conv2d(1, 8, 3),
        lambda: nn.Conv2d(8, 16, 3, groups=4),
        lambda: nn.Conv2d(16, 32, 3, dtype=torch.bfloat16),
        lambda: nn.ConvTranspose2d(8, 32, 3),
        lambda: nn.ConvTranspose2d(8, 32, 3, groups=2),
    ],
)
def test_fresh_torch_layers_are_named_torchs_default(make: type[nn.Conv2d]) -> None:
    torch.manual_seed(0)
    layers = [make().weight.detach().float().numpy() for _ in range(DRAWS)]
    names = Counter(_named(weight, "torch_default") for weight in layers)
    assert names["wrong"] == 0
    assert names["right"] >= 0.9 * DRAWS


def test_equal_laws_are_named_together() -> None:
    law = recognize(initial_weights("glorot_uniform", (5, 1, 5, 5), np.random.default_rng(0)))
    assert law is not None
    assert law.text == "torch's default or Glorot uniform, ±0.2"


@pytest.mark.parametrize("scale", [0.8, 1.25])
@pytest.mark.parametrize("law", ["torch_default", "he_normal"])
def test_laws_of_another_width_get_no_name(law: str, scale: float) -> None:
    weights = scale * initial_weights(law, (32, 8, 3, 3), np.random.default_rng(0))
    assert recognize(weights) is None


def test_trained_weights_are_taken_for_none() -> None:
    weights = np.zeros((8, 1, 7, 7))
    weights[:, :, 3] = 2.0
    assert recognize(weights) is None
    assert recognize(np.zeros((8, 1, 7, 7))) is None


@pytest.mark.parametrize("law", INITIALIZATIONS)
def test_densities_are_densities(law: str) -> None:
    x = np.linspace(-3, 3, 60_001)
    density = law_named(law, (8, 1, 7, 7)).density(x)
    assert density.sum() * (x[1] - x[0]) == pytest.approx(1, abs=2e-3)


def test_glorots_bound_is_the_papers() -> None:
    law = law_named("glorot_uniform", (16, 8, 3, 3))
    assert law.statistics.bound == pytest.approx((6 / (8 * 9 + 16 * 9)) ** 0.5)
    assert law.text == "Glorot uniform, ±0.17"
