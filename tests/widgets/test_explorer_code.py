"""The programs that the explorer copies, run and compared; those for Keras on Keras itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kernelwidgets.widgets.explorer import ConvolutionExplorer

JS = Path(__file__).parents[2] / "js"
NODE = Path(sys.executable).with_name("node")
# Reads cases, and writes for each the three programs, or why there is none.
PROGRAM = """
import { build } from "esbuild";
const contents = `
import { cannot, codeFor, LIBRARIES } from "./code";
import { asLayer } from "./compute";
import { slideOf } from "./settings";
const array = ({ shape, values }) => ({ shape, data: Float64Array.from(values) });
export const run = (cases) => cases.map(({ image, kernel, settings }) => {
  const layer = asLayer(array(image), array(kernel), settings.groups);
  const slide = slideOf(layer.spatial, layer.size, settings);
  return Object.fromEntries(LIBRARIES.map((library) => {
    const why = cannot(library, layer, settings);
    return [library, { why, code: why ? "" : codeFor(library, layer, slide, settings) }];
  }));
});`;
const { outputFiles } = await build({
  stdin: { contents, resolveDir: "src/explorer" }, bundle: true, write: false, format: "esm",
});
const { run } = await import("data:text/javascript," + encodeURIComponent(outputFiles[0].text));
let text = "";
for await (const chunk of process.stdin) text += chunk;
process.stdout.write(JSON.stringify(run(JSON.parse(text))));
"""

PLAIN: dict[str, Any] = {
    "mode": "cross-correlation",
    "padding": "valid",
    "padding_mode": "zeros",
    "stride": 1,
    "dilation": 1,
    "groups": 1,
    "bias": 0,
    "relu": False,
    "pool": None,
}
CASES: list[tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = [
    ((4, 4), (3, 3), {}),
    ((4, 4), (3, 3), {"mode": "convolution"}),
    ((6, 5), (2, 4), {"padding": "same", "padding_mode": "reflect", "bias": 0.5}),
    ((6, 5), (3, 2), {"padding": "full", "padding_mode": "replicate", "mode": "convolution"}),
    ((7, 8), (3, 3), {"padding": (1, 2), "padding_mode": "circular", "stride": (2, 1)}),
    ((9, 9), (3, 3), {"dilation": (2, 3), "relu": True, "pool": ("max", 2)}),
    ((9, 9), (3, 3), {"dilation": 2, "stride": 2, "padding": 1}),
    ((3, 7, 7), (4, 3, 3, 3), {"bias": (0.5, 0, -1, 2), "pool": ("average", 2)}),
    ((4, 6, 6), (2, 2, 2, 2), {"groups": 2, "mode": "convolution", "relu": True}),
    ((3, 6, 6), (3, 1, 3, 3), {"groups": 3, "padding": "same", "bias": 1}),
    ((10,), (3,), {}),
    ((10,), (4,), {"mode": "convolution", "padding": "same", "pool": ("max", 2)}),
    ((2, 12), (3, 2, 3), {"stride": 2, "padding": 2, "padding_mode": "reflect", "bias": -1}),
    ((1, 12), (2, 1, 3), {"dilation": 2, "relu": True, "pool": ("average", 3)}),
]


@pytest.fixture(scope="module")
def programs() -> list[dict[str, dict[str, str]]]:
    cases = [
        {"image": _array(image), "kernel": _array(kernel), "settings": settings}
        for image, kernel, settings in map(_problem, range(len(CASES)))
    ]
    run = subprocess.run(
        [NODE, "--input-type=module", "-e", PROGRAM],
        cwd=JS,
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=True,
    )
    written: list[dict[str, dict[str, str]]] = json.loads(run.stdout)
    return written


def _problem(nth: int) -> tuple[np.ndarray, np.ndarray, dict[str, Any]]:
    image, kernel, settings = CASES[nth]
    rng = np.random.default_rng(nth)
    x, k = rng.integers(-24, 25, image) / 8, rng.integers(-16, 17, kernel) / 8
    return x, k, PLAIN | settings


def _array(array: np.ndarray) -> dict[str, Any]:
    return {"shape": array.shape, "values": array.ravel().tolist()}


def _expected(nth: int) -> np.ndarray:
    image, kernel, settings = _problem(nth)
    output = ConvolutionExplorer(image, kernel, **settings).output
    # Programs keep an axis of filters, even of one.
    return output if kernel.ndim > 2 else output[None]


each_case = pytest.mark.parametrize("nth", range(len(CASES)), ids=[str(case) for case in CASES])


@each_case
@pytest.mark.parametrize("library", ["PyTorch", "NumPy / SciPy"])
def test_program_computes_the_same(
    programs: list[dict[str, dict[str, str]]], library: str, nth: int
) -> None:
    names: dict[str, Any] = {}
    exec(programs[nth][library]["code"], names)
    np.testing.assert_allclose(np.asarray(names["output"]), _expected(nth), atol=1e-9)


@each_case
def test_keras_program_computes_the_same_or_says_why_not(
    programs: list[dict[str, dict[str, str]]], nth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = programs[nth]["Keras"]
    settings = PLAIN | CASES[nth][2]
    if np.max(settings["stride"]) > 1 and np.max(settings["dilation"]) > 1:
        assert program["why"] == ("Keras allows no stride above 1 together with a dilation above 1")
        return
    assert program["why"] == ""
    # Read when Keras is imported; it would look for TensorFlow otherwise.
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    names: dict[str, Any] = {}
    exec(program["code"], names)
    np.testing.assert_allclose(np.asarray(names["output"]), _expected(nth), atol=1e-9)


def test_a_large_picture_is_left_to_the_reader() -> None:
    image, kernel = np.zeros((30, 30)), np.ones((3, 3))
    case = {"image": _array(image), "kernel": _array(kernel), "settings": PLAIN}
    run = subprocess.run(
        [NODE, "--input-type=module", "-e", PROGRAM],
        cwd=JS, input=json.dumps([case]), capture_output=True, text=True, check=True,
    )  # fmt: skip
    for library in ("PyTorch", "NumPy / SciPy"):
        code = json.loads(run.stdout)[0][library]["code"]
        assert "put your picture here" in code
        names: dict[str, Any] = {}
        exec(code, names)
        assert tuple(names["output"].shape) == (1, 28, 28)
