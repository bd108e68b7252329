"""The responses that Python and TypeScript both have to get right, with torch's answers.

Run ``python -m tests.widgets.gallery_cases`` to write the fixture anew.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

FIXTURE = Path(__file__).parents[1] / "fixtures" / "gallery.json"


def build_cases():
    """Pictures in gray and color under kernels that read either, deterministic."""
    rng = np.random.default_rng(1983)
    blur = np.full((1, 3, 3), 1 / 9)
    return [
        _case(rng, (7, 9), rng.integers(-8, 9, (1, 3, 3)) / 8),
        _case(rng, (9, 16), rng.integers(-8, 9, (1, 4, 5)) / 8),
        _case(rng, (8, 12, 3), rng.integers(-8, 9, (1, 5, 3)) / 8),
        _case(rng, (8, 12, 3), rng.integers(-8, 9, (3, 3, 3)) / 8),
        _case(rng, (8, 8), rng.integers(-8, 9, (3, 2, 2)) / 8),
        _case(rng, (9, 9), rng.integers(-8, 9, (1, 3, 3)) / 8, dilation=(2, 1)),
        _case(rng, (6, 7), blur),
        _case(rng, (6, 7, 3), blur),
        _case(rng, (12, 8, 3), rng.integers(-8, 9, (1, 3, 3)) / 8, factor=2),
        _case(rng, (15, 30), rng.integers(-8, 9, (1, 3, 3)) / 8, factor=3),
    ]


def _case(rng, shape, kernel, dilation=(1, 1), factor=1):
    picture = rng.integers(0, 33, shape) / 32
    small = torch.from_numpy(np.atleast_3d(picture)).permute(2, 0, 1)[None]
    if factor > 1:
        small = functional.avg_pool2d(small, factor)
    size = max(small.shape[2:])
    if len(kernel) == 1 and small.shape[1] == 3 and abs(kernel.sum() - 1) > 1e-6:
        small = (
            small * torch.tensor([0.2126, 0.7152, 0.0722], dtype=torch.float64).view(1, 3, 1, 1)
        ).sum(1, True)
    if len(kernel) == 3 and small.shape[1] == 1:
        small = small.expand(-1, 3, -1, -1)
    weight = torch.from_numpy(kernel[None])
    if len(kernel) < small.shape[1]:
        small = small.permute(1, 0, 2, 3)
    reach = [d * (k - 1) for d, k in zip(dilation, kernel.shape[1:], strict=True)]
    pads = [reach[1] // 2, -(-reach[1] // 2), reach[0] // 2, -(-reach[0] // 2)]
    padded = functional.pad(small, pads, "replicate")
    response = functional.conv2d(padded, weight, dilation=dilation)[:, 0].permute(1, 2, 0)
    return {
        "picture": _array(picture),
        "kernel": _array(kernel),
        "dilation": list(dilation),
        "resolution": size,
        "response": _array(response.squeeze(-1).numpy()),
    }


def _array(array):
    return {
        "shape": list(array.shape),
        "values": [round(float(value), 10) for value in array.ravel()],
    }


if __name__ == "__main__":
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in build_cases())
    FIXTURE.write_text(f"[\n{lines}\n]\n")
