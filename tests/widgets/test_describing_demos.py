"""What the census says of the demos: lines, Gabors, and nothing where there is nothing."""

from __future__ import annotations

import numpy as np
import pytest

import kernelwidgets as kw
from kernelwidgets.kernels.gabor import gabor_share
from kernelwidgets.live.demos import DemoTrainer
from kernelwidgets.testing import front_end
from kernelwidgets.widgets.census import KernelCensus
from kernelwidgets.widgets.kernel_grid import KernelGrid
from tests.widgets.test_describing_views import until


def fast(name: str, **options: int) -> DemoTrainer:
    """A demo that is not slowed down."""
    trainer = kw.demo(name, **options)
    trainer.max_steps_per_s = None
    return trainer


def counted(trainer: DemoTrainer) -> dict[str, int]:
    """How many kernels of the first layer are of which family."""
    census = kw.layer_report(trainer, 0).census
    return {family: count for family, count in census.items() if count}


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_census_of_lines_ends_with_lines_and_edges(seed: int) -> None:
    trainer = fast("lines", seed=seed)
    assert counted(trainer) == {"unstructured": 8}
    trainer.fit(300)
    census = counted(trainer)
    assert census.get("line", 0) + census.get("edge", 0) >= 7
    assert census.get("unstructured", 0) + census.get("dead", 0) <= 1
    assert kw.layer_report(trainer, 0).expected_by_chance < 0.5
    trainer.close()


def test_the_quick_share_of_gabors_is_shown_live_and_the_full_one_on_pause() -> None:
    trainer = fast("gabors")
    census = KernelCensus(trainer)
    until(lambda: census.gabor_share is not None)
    assert census.gabor_share == (0.0, True)
    census._repr_mimebundle_()
    trainer.start()
    until(lambda: census.gabor_share and not census.gabor_share[1], timeout=60)
    # The words follow the numbers.
    until(lambda: "quick score" in census.children[0].value)
    until(lambda: f"as of step {census.steps[-1]}" in census.children[0].value)
    until(lambda: trainer.step_count >= 1200, timeout=90)
    trainer.pause().wait(30)
    until(lambda: census.gabor_share[1] and census.steps[-1] == trainer.step_count)
    assert census.gabor_share[0] > 0.9
    until(lambda: "full fit" in census.children[0].value)
    census.close()
    trainer.stop()
    trainer.join(30)
    trainer.close()


def test_quick_and_full_share_agree_all_the_way() -> None:
    trainer = fast("gabors")
    shares = []
    for _ in range(6):
        kernels = trainer.kernels("conv")[:, 0]
        shares.append((gabor_share(kernels, quick=True), gabor_share(kernels)))
        trainer.fit(120)
    quick, full = np.transpose(shares)
    assert quick[0] == full[0] == 0
    assert full[-1] > 0.8
    assert np.abs(quick - full).max() <= 3 / 64
    trainer.close()


def test_pink_noise_stays_without_names() -> None:
    trainer = fast("pink_noise")
    grid = KernelGrid(trainer, labels=True)
    with front_end(grid):
        trainer.fit(500)
        until(lambda: grid._names and grid._names["step"] == 500)
    assert counted(trainer).keys() <= {"unstructured", "other", "dead"}
    assert set(grid._names["words"]) <= {"", "? other"}
    assert grid._names["text"].startswith("0 of 64 kernels named")
    grid.close()
    trainer.close()
