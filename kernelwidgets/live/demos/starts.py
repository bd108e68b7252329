"""How the demos' kernels begin."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from kernelwidgets.kernels.initialization import INITIALIZATIONS, initial_weights

__all__ = ["draw_kernels", "require_law"]


def require_law(law: str) -> str:
    """The name of an initialization law, if there is one of that name.

    Raises
    ------
    ValueError
        If there is none; the message lists those there are.
    """
    if law not in INITIALIZATIONS:
        raise ValueError(f"no initialization {law!r}; there are {', '.join(INITIALIZATIONS)}")
    return law


def draw_kernels(model: nn.Module, law: str) -> None:
    """Draw the kernels of all convolution layers anew from a law (biases stay as they are)."""
    rng = np.random.default_rng(int(torch.randint(2**31, ())))
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, (nn.Conv1d, nn.Conv2d)):
                drawn = initial_weights(law, tuple(module.weight.shape), rng)
                module.weight.copy_(torch.from_numpy(drawn))
