"""Hand-made kernels on their way to the editor: values, and sliders for their arguments."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from kernelwidgets.kernels import filters
from kernelwidgets.wire.presets import presets_for
from tests.kernels.hand_made_cases import FIXTURE, build_cases


def test_the_fixture_that_typescript_is_tested_with_is_fresh() -> None:
    stored = json.loads(FIXTURE.read_text())["cases"]
    for known, anew in zip(stored, build_cases(), strict=True):
        assert known["values"] == pytest.approx(anew["values"], abs=2e-7)
        assert (known["maker"], known["arguments"]) == (anew["maker"], anew["arguments"])


@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (7, 7), (5, 9), (5,)])
def test_sliders_start_at_the_arguments_of_the_kernel(shape: tuple[int, ...]) -> None:
    layer: Any = SimpleNamespace(kernel_size=shape)
    presets = [one for one in presets_for([layer])["x".join(map(str, shape))] if one.maker]
    assert presets
    for preset in presets:
        arguments = {one.name: one.value for one in preset.parameters}
        kernel = filters.make(preset.maker, size=shape, **arguments).ravel()
        values = np.array(preset.values)
        likeness = kernel @ values / np.linalg.norm(kernel) / np.linalg.norm(values)
        # The Gaussian of the menu is the binomial kernel, its sliders' the function.
        assert likeness > (0.95 if preset.maker == "gaussian" else 0.999999)
        for one in preset.parameters:
            assert one.low <= one.value <= one.high
            for end in (one.low, one.high):
                made = filters.make(preset.maker, size=shape, **arguments | {one.name: end})
                assert np.isfinite(made).all()
