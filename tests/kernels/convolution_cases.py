"""The convolutions that Python and TypeScript both have to get right, with torch's answers.

Run ``python -m tests.kernels.convolution_cases`` to write the fixture anew.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from kernelwidgets.kernels.geometry import PADDING_MODES, geometry

FIXTURE = Path(__file__).parents[1] / "fixtures" / "convolution.json"
TORCH_PAD = {
    "zeros": "constant",
    "reflect": "reflect",
    "replicate": "replicate",
    "circular": "circular",
}


def torch_reference(x, weight, bias, *, padding, padding_mode, stride, dilation, groups):
    """torch.nn.functional's answer, padding first where its conv lacks the mode."""
    dims = weight.ndim - 2
    pads = geometry(weight.shape[2:], padding=padding, stride=stride, dilation=dilation).padding
    batched = torch.from_numpy(x if x.ndim == weight.ndim else x[None])
    flat = [side for before_after in reversed(pads) for side in before_after]
    padded = functional.pad(batched, flat, TORCH_PAD[padding_mode])
    conv = functional.conv1d if dims == 1 else functional.conv2d
    output = conv(
        padded,
        torch.from_numpy(np.ascontiguousarray(weight)),
        None if bias is None else torch.from_numpy(np.asarray(bias)),
        stride=stride,
        dilation=dilation,
        groups=groups,
    ).numpy()
    return output if x.ndim == weight.ndim else output[0]


def build_cases():
    """About forty small problems over all modes, deterministic, input numbers in steps of 1/8."""
    rng = np.random.default_rng(2012)
    cases = []
    for padding, mode in itertools.product(["valid", "same", "full", 1, (2, 1)], PADDING_MODES):
        if padding != "valid" or mode == "zeros":
            cases.append(_case(rng, (2, 5, 6), (2, 2, 3, 3), padding=padding, padding_mode=mode))
    for stride, dilation in [(2, 1), (1, 2), (2, 2), ((1, 2), (2, 1)), (3, 1)]:
        cases.append(
            _case(rng, (1, 8, 9), (1, 1, 3, 2), padding=1, stride=stride, dilation=dilation)
        )
    cases.append(_case(rng, (4, 5, 5), (4, 2, 2, 2), padding="same", groups=2))
    cases.append(_case(rng, (3, 5, 5), (3, 1, 3, 3), groups=3))
    cases.append(_case(rng, (3, 4, 4), (2, 3, 1, 1)))
    cases.append(_case(rng, (1, 6, 7), (1, 1, 4, 4), padding="same", dilation=1))
    cases.append(_case(rng, (1, 7, 5), (1, 1, 5, 1), padding="full", padding_mode="circular"))
    for padding, mode in [("valid", "zeros"), ("same", "reflect"), ("full", "replicate")]:
        cases.append(_case(rng, (2, 9), (2, 2, 3), padding=padding, padding_mode=mode))
    cases.append(_case(rng, (2, 9), (2, 1, 4), padding=2, stride=2, dilation=2, groups=2))
    cases.append(_case(rng, (1, 5, 5), (2, 1, 3, 3), mode="convolution", padding="same"))
    cases.append(_case(rng, (2, 5, 6), (1, 2, 2, 3), mode="convolution", bias=False))
    cases.append(_case(rng, (1, 8), (1, 1, 4), mode="convolution", padding="full"))
    return cases


def _case(rng, shape, weight_shape, *, mode="cross-correlation", bias=True, **settings):
    x = rng.integers(-24, 25, shape) / 8
    weight = rng.integers(-16, 17, weight_shape) / 8
    biases = list(rng.integers(-8, 9, weight_shape[0]) / 8) if bias else None
    dims = len(weight_shape) - 2
    full = {"padding": "valid", "padding_mode": "zeros", "stride": 1, "dilation": 1, "groups": 1}
    full |= settings
    turned = np.flip(weight, tuple(range(2, 2 + dims))) if mode == "convolution" else weight
    output = torch_reference(x, turned, biases, **full)
    title = " ".join(f"{key}={full[key]}" for key in full)
    return {
        "name": f"{shape} with {weight_shape} {mode} {title}",
        "mode": mode,
        "settings": full,
        "input": _array(x),
        "weight": _array(weight),
        "bias": biases,
        "output": _array(output),
    }


def _array(array):
    return {
        "shape": list(array.shape),
        "values": [round(float(value), 9) for value in array.ravel()],
    }


if __name__ == "__main__":
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in build_cases())
    FIXTURE.parent.mkdir(exist_ok=True)
    FIXTURE.write_text(f'{{"cases":[\n{lines}\n]}}\n')
