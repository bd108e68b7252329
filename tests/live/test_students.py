from __future__ import annotations

import sys

import numpy as np
import pytest

from kernelwidgets.kernels import filters
from kernelwidgets.live.demos import demo

DISTANCE = "distance to the target (1 − cosine)"


def fast(name: str, **options):
    """A demo that is not slowed down."""
    trainer = demo(name, **options)
    trainer.max_steps_per_s = None
    return trainer


def cosines(trainer) -> np.ndarray:
    """Cosine between each kernel that learns and the target."""
    target = trainer.kernels("target").ravel()
    kernels = trainer.kernels("conv").reshape(-1, target.size)
    return kernels @ target / np.linalg.norm(kernels, axis=1) / np.linalg.norm(target)


def found(trainer) -> int:
    """How many of the kernels have become the target."""
    return int((cosines(trainer) > 0.99).sum())


def last(trainer, name: str) -> float:
    return trainer._curves.points()[name].last


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("supervision", ["output", "argmax"])
def test_the_peak_filter_is_found_from_every_start(supervision, seed):
    trainer = fast("peak", supervision=supervision, seed=seed, filters=10)
    assert found(trainer) < 5
    trainer.fit(200)
    assert found(trainer) == 10
    assert last(trainer, DISTANCE) < 0.01


def test_its_numbers_are_found_from_the_output():
    trainer = fast("peak")
    assert trainer.kernels("target").tolist() == [[[-1, 1, -1]]]
    trainer.fit(200)
    assert trainer.kernels("conv") == pytest.approx(np.tile([-1.0, 1, -1], (24, 1, 1)), abs=0.02)


def test_behind_a_max_pool_half_of_the_starts_end_as_the_opposite():
    trainer = fast("peak", supervision="maxpool", filters=256)
    start = cosines(trainer)
    trainer.fit(400)
    end = cosines(trainer)
    assert 0.35 < (end > 0.99).mean() < 0.5
    assert (end[end < 0.99] < -0.5).all()
    assert (end[start < -0.25] < 0.99).all()
    assert (end[start > 0.75] > 0.99).all()
    assert (end[start < 0] > 0.99).mean() < 0.1
    assert (end[start > 0] > 0.99).mean() > 0.75
    trainer.fit(400)
    assert np.array_equal(end > 0.99, cosines(trainer) > 0.99)


def test_longer_kernels_are_found_behind_a_max_pool_too():
    trainer = fast("peak", supervision="maxpool", filters=64, size=15)
    trainer.fit(400)
    assert found(trainer) == 64


@pytest.mark.parametrize(
    ("target", "size"),
    [("sobel_x", 3), ("laplacian", 5), ("diagonal_edge", 7), ("diagonal_gabor", 11)],
)
def test_a_hidden_kernel_is_found_on_noise(target, size):
    trainer = fast("teacher", target=target, size=size)
    trainer.fit(300)
    target = trainer.kernels("target")[0]
    assert np.linalg.norm(target) == pytest.approx(1)
    assert np.abs(trainer.kernels("conv") - target).max() < 0.01


@pytest.mark.parametrize("target", ["sobel_x", "laplacian"])
def test_on_photographs_the_answers_agree_and_the_kernels_do_not(target):
    noise, natural = (
        fast("teacher", target=target, pictures=kind) for kind in ("noise", "photographs")
    )
    for trainer in (noise, natural):
        trainer.fit(200)
    assert found(noise) == 6
    assert found(natural) <= 2
    # The pictures have variance 1, so a kernel of zeros would be about this far off.
    untaught = np.square(natural.feature_maps("target", 1)).mean()
    assert last(natural, "loss") < 0.2 * untaught
    assert "noise" not in natural.about


def test_without_photographs_the_pictures_are_made_up(monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage", None)
    trainer = fast("teacher", pictures="photographs")
    trainer.fit(2)
    assert "overlapping disks" in trainer.about
    assert "photographs" not in trainer.about


def test_kernels_follow_a_target_that_is_changed():
    trainer = fast("teacher", size=3)
    trainer.fit(300)
    laplacian = filters.presets(3, 3)["Laplacian"]
    trainer.edit("target", 0, laplacian[None])
    assert found(trainer) == 0
    trainer.fit(300)
    assert found(trainer) == 6
    assert np.array_equal(trainer.kernels("target")[0, 0], laplacian)
    trainer.restart(seed=5)
    assert np.allclose(trainer.kernels("target")[0, 0], filters.presets(3, 3)["Sobel x"])


def test_each_kernel_learns_as_if_alone():
    one, other = (fast("peak", supervision="maxpool") for _ in range(2))
    other.edit("conv", np.s_[4:], 0.5)
    for trainer in (one, other):
        trainer.fit(50)
    assert np.array_equal(one.kernels("conv")[:4], other.kernels("conv")[:4])
    assert not np.allclose(one.kernels("conv")[4:], other.kernels("conv")[4:])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "peak", "supervision": "labels"}, "no supervision 'labels'; there are output"),
        ({"name": "teacher", "target": "cat"}, "no target 'cat' of size 5; there are identity"),
        ({"name": "teacher", "target": "vertical_gabor", "size": 3}, "no target 'vertical_gabor'"),
        ({"name": "teacher", "pictures": "mine"}, "pictures are 'noise' or 'photographs'"),
    ],
)
def test_what_is_not_there_is_said(options, message):
    with pytest.raises(ValueError, match=message):
        demo(**options)
