"""Edges out of noise, and a broken kernel that heals, as the first notebook promises."""

from __future__ import annotations

import pytest

from tests.browser.conftest import OpenNotebook
from tests.browser.hands import button, number, picture_of, wait_for_change, wait_for_step

# Mean squared difference of neighbors in a kernel, as a share of what it is in noise.
ROUGHNESS = """
import numpy as np
def roughness(kernels):
    along = [np.square(np.diff(kernels, axis=axis)).mean((-2, -1)) for axis in (-2, -1)]
    return sum(along) / (4 * kernels.var((-2, -1)))
"""
NOISE = "np.random.default_rng(0).normal(0, .1, (1, 12, 12))"


def test_gabors_come_out_of_noise_and_a_broken_one_heals(lab: OpenNotebook) -> None:
    notebook = lab(["import kernelwidgets as kw\nkw.demo('gabors')"])
    notebook.run_all()
    notebook.run_python("trainer = Out[1]" + ROUGHNESS)
    view = notebook.view("lab")
    wait_for_step(view, 0)
    assert number(notebook, "np.median(roughness(trainer.kernels(0)))") == pytest.approx(1, abs=0.1)
    before = picture_of(view)
    button(view, "Start").click()
    notebook.wait_for_python("np.median(roughness(trainer.kernels(0))) < .6", timeout=60)
    # At its own pace of 20 steps a second that is within 20 s.
    assert number(notebook, "trainer.step_count") < 400
    wait_for_step(view, int(number(notebook, "trainer.step_count")))
    wait_for_change(view, before)

    button(view, "Pause").click()
    notebook.wait_for_python("not trainer.training")
    notebook.run_python(f"trainer.edit(0, 3, {NOISE}).wait(10)")
    assert number(notebook, "roughness(trainer.kernels(0))[3, 0]") > 0.9
    view.get_by_role("slider", name="Speed").press("End")
    notebook.wait_for_python("trainer.max_steps_per_s is None")
    button(view, "Start").click()
    notebook.wait_for_python("roughness(trainer.kernels(0))[3, 0] < .7", timeout=90)
    wait_for_step(view, int(number(notebook, "trainer.step_count")))
    notebook.screenshot("gabors", view)
