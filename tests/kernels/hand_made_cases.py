"""Hand-made kernels with arguments that Python and TypeScript both have to make alike.

Run ``python -m tests.kernels.hand_made_cases`` to write the fixture anew.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from kernelwidgets.kernels import filters

FIXTURE = Path(__file__).parents[1] / "fixtures" / "hand_made.json"
SHAPES = [(3, 3), (4, 4), (7, 7), (5, 9), (7,)]
ARGUMENTS = [
    ("gaussian", {"sigma": 0.8}),
    ("gaussian_derivative", {"order": 0, "sigma": 1.5}),
    ("gaussian_derivative", {"angle_deg": 30, "order": 1, "sigma": 0.7}),
    ("gaussian_derivative", {"angle_deg": 90, "order": 2, "sigma": 1.1}),
    ("gaussian_derivative", {"angle_deg": 135, "order": 4, "sigma": 1.3}),
    ("laplacian_of_gaussian", {"sigma": 1.2}),
    ("line", {"angle_deg": 0, "width_px": 1}),
    ("line", {"angle_deg": 50, "width_px": 1.4}),
    ("gabor", {"wavelength_px": 3.5, "phase_deg": 90, "sigma": 2}),
    (
        "gabor",
        {"angle_deg": 160, "wavelength_px": 4.2, "phase_deg": -35, "sigma": 1.7, "gamma": 0.4},
    ),
]


def build_cases():
    """Every maker at every shape where it exists; `values` in C order, of unit norm."""
    cases = []
    for shape in SHAPES:
        for maker, arguments in ARGUMENTS:
            if maker == "line" and len(shape) == 1:
                continue
            kernel = filters.make(maker, size=shape, **arguments)
            values = (kernel / np.linalg.norm(kernel)).ravel().round(7)
            cases.append(
                {"maker": maker, "shape": shape, "arguments": arguments, "values": values.tolist()}
            )
    return cases


def main() -> None:
    FIXTURE.write_text(json.dumps({"cases": build_cases()}, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
