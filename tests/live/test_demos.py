from __future__ import annotations

import sys

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from kernelwidgets.kernels.gabor import GABOR_LIKE, fit_gabors
from kernelwidgets.kernels.initialization import law_statistics
from kernelwidgets.live.demos import demo
from tests.live.trainers import end, everything, same

NAMES = ("lines", "digits", "gabors", "gabors_color", "pink_noise", "peak", "teacher")


def fast(name: str, **options):
    """A demo that is not slowed down."""
    trainer = demo(name, **options)
    trainer.max_steps_per_s = None
    return trainer


def gabor_share(kernels: np.ndarray) -> float:
    """Share of the kernels that a Gabor function fits."""
    return float((fit_gabors(kernels[:, 0])[1] >= GABOR_LIKE).mean())


def lineness(kernels: np.ndarray) -> np.ndarray:
    """Share of a kernel's variance that is constant along its rows, or along its columns."""
    away = kernels[:, 0] - kernels.mean((1, 2, 3))[:, None, None]
    along = [away.mean(axis, keepdims=True).repeat(away.shape[axis], axis) for axis in (1, 2)]
    return np.max([(part**2).sum((1, 2)) for part in along], 0) / (away**2).sum((1, 2))


def test_the_list_names_every_demo_in_a_line():
    names = demo()
    assert tuple(names) == (*NAMES, "fixed_or_learned")
    lines = repr(names).splitlines()
    assert [line.split('"')[1] for line in lines] == list(names)


@pytest.mark.parametrize("name", NAMES)
def test_every_demo_is_ready(name):
    trainer = demo(name)
    assert trainer.status.state == "idle"
    assert trainer.step_count == 0
    assert trainer.max_steps_per_s is not None
    info = trainer.info
    assert info.title == trainer.title
    assert len(info.about.split(". ")) >= 2
    assert len(info.samples) == len(trainer.probe)
    assert info.layers[0].reads_image
    assert trainer.feature_maps(0, 0, "before").shape[0] == info.layers[0].shape[0]


@pytest.mark.parametrize("name", NAMES)
def test_every_demo_restarts_exactly(name):
    trainer = fast(name)
    start = everything(trainer)
    trainer.fit(6)
    after = everything(trainer)
    trainer.restart()
    assert same(everything(trainer), start)
    trainer.fit(6)
    assert same(everything(trainer), after)


def test_a_seed_is_a_start():
    one, same_seed, other = demo("lines", seed=3), demo("lines", seed=3), demo("lines", seed=4)
    assert same(everything(one), everything(same_seed))
    assert not same(everything(one), everything(other))
    other.restart(seed=3)
    assert same(everything(one), everything(other))


def test_making_a_demo_draws_no_random_numbers_of_others():
    torch.manual_seed(0)
    expected = torch.rand(2)
    torch.manual_seed(0)
    demo("lines")
    assert torch.equal(torch.rand(2), expected)


@pytest.mark.parametrize("name", NAMES)
def test_filters_and_size_are_those_of_the_first_layer(name):
    trainer = demo(name, filters=5, size=7)
    one = {"gabors_color": (3, 7, 7), "peak": (1, 7)}.get(name, (1, 7, 7))
    assert trainer.kernels(0).shape == (5, *one)
    trainer.step(2)
    trainer.join(20)
    end(trainer)


@pytest.mark.parametrize("law", ["glorot_uniform", "he_normal", "orthogonal"])
def test_the_law_of_the_start_can_be_chosen(law):
    kernels = demo("pink_noise", init=law).kernels(0)
    expected = law_statistics(law, kernels.shape)
    assert kernels.std() == pytest.approx(expected.std, rel=0.05)
    if expected.bound is not None:
        assert np.abs(kernels).max() <= expected.bound


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "cats"}, "no demo 'cats'; there are lines, digits"),
        (
            {"name": "lines", "init": "xavier"},
            "no initialization 'xavier'; there are torch_default",
        ),
        ({"name": "lines", "size": 99}, "size is from 3 to 15 here, not 99"),
        ({"name": "lines", "filters": 0}, "filters is from 1 to 256 here, not 0"),
    ],
)
def test_what_is_not_there_is_said(options, message):
    with pytest.raises(ValueError, match=message):
        demo(**options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "lines", "target": "sobel_x"}, "target is for the demo 'teacher', not 'lines'"),
        ({"name": "teacher", "supervision": "output"}, "supervision is for the demo 'peak'"),
    ],
)
def test_what_is_for_other_demos_is_said(options, message):
    with pytest.raises(TypeError, match=message):
        demo(**options)


def test_a_new_demo_pauses_those_that_run():
    first = demo("lines")
    first.start()
    demo("pink_noise")
    first.join(30)
    assert first.status.state == "paused"
    end(first)


def test_lines_become_lines():
    trainer = fast("lines")
    assert np.median(lineness(trainer.kernels("conv"))) < 0.4
    trainer.fit(300)
    assert trainer._curves.points()["test accuracy"].last > 0.99
    assert lineness(trainer.kernels("conv")).min() > 0.9
    assert trainer.status.score_text.startswith("test accuracy ")


def test_broken_lines_heal():
    trainer = fast("lines", seed=1)
    trainer.fit(250)
    kernels = trainer.kernels("conv")
    strong = np.abs(kernels).max()
    trainer.edit("conv", 0, np.random.default_rng(0).normal(0, strong / 2, (1, 7, 7)))
    trainer.edit("conv", 1, 0.0)
    trainer.edit("conv", 2, -kernels[2])
    trainer.fit(250)
    healed = trainer.kernels("conv")[:3]
    assert lineness(healed).min() > 0.9
    assert np.abs(healed).max((1, 2, 3)).min() > 0.05


def test_even_a_filter_that_answers_to_nothing_comes_back():
    trainer = fast("lines", seed=1)
    trainer.fit(100)
    trainer.edit("conv", 0, -1.0)
    trainer.edit("conv", 0, -1.0, parameter="bias")
    for _ in range(20):
        trainer.fit(100)
        kernel = trainer.kernels("conv")[:1]
        if lineness(kernel) > 0.9 and np.abs(kernel).max() > 0.05:
            return
    pytest.fail(f"still {kernel}")


def test_the_lines_demo_shows_what_it_never_saw():
    trainer = demo("lines")
    assert [label for label in trainer.info.samples if "never seen" in label] == [
        "both (never seen)",
        "diagonal (never seen)",
        "blank (never seen)",
    ]


def test_digits_are_read_and_a_broken_layer_heals():
    trainer = fast("digits")
    trainer.fit(600)
    accuracy = trainer._curves.points()["test accuracy"].last
    assert accuracy >= 0.976
    trainer.edit("conv1", np.s_[:28], 0.0)
    broken = trainer._curves.points()["test accuracy"].last
    assert broken < accuracy - 0.05
    assert " → " in trainer.status.score_text
    trainer.fit(200)
    assert trainer._curves.points()["test accuracy"].last > 0.96


def test_gabors_come_out_of_noise_and_broken_ones_heal():
    trainer = fast("gabors")
    assert gabor_share(trainer.kernels("conv")) == 0
    trainer.fit(1500)
    kernels = trainer.kernels("conv")
    assert gabor_share(kernels) >= 0.9
    rng = np.random.default_rng(0)
    trainer.edit("conv", np.s_[:3], rng.normal(0, 0.1, (3, 1, 12, 12)))
    trainer.edit("conv", 3, 0.0)
    broken = trainer.kernels("conv")[:4]
    trainer.fit(400)
    healed = trainer.kernels("conv")[:4]
    assert fit_gabors(broken[:3, 0])[1].max() < 0.4
    assert fit_gabors(healed[:, 0])[1].mean() > 0.7


def test_noise_without_edges_gives_none():
    trainer = fast("pink_noise")
    trainer.fit(500)
    assert gabor_share(trainer.kernels("conv")) == 0


def test_without_photographs_gabors_come_out_of_dead_leaves(monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage", None)
    trainer = fast("gabors", filters=32)
    assert "overlapping disks" in trainer.about
    assert "photographs. " not in trainer.about
    trainer.fit(500)
    assert gabor_share(trainer.kernels("conv")) >= 0.85


def test_colors_come_without_photographs_too(monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage", None)
    trainer = fast("gabors_color")
    trainer.fit(3)
    assert trainer.kernels("conv").shape == (64, 3, 10, 10)


def test_color_kernels_are_gray_edges_and_opposite_colors():
    trainer = fast("gabors_color")
    trainer.fit(500)
    kernels = trainer.kernels("conv").reshape(64, 3, -1)
    colors = np.linalg.svd(kernels, full_matrices=False)[0][:, :, 0]
    grayness = np.abs(colors.sum(1)) / np.sqrt(3)
    assert 35 <= (grayness > 0.9).sum() <= 58
    assert 4 <= (grayness < 0.7).sum() <= 20


def test_muted_filters_stay_silent():
    trainer = fast("gabors")
    trainer.mute("conv", 0)
    trainer.freeze("conv", 1)
    frozen = trainer.kernels("conv")[1]
    trainer.fit(20)
    kernels = trainer.kernels("conv")
    assert not kernels[0].any()
    assert np.array_equal(kernels[1], frozen)
    assert np.isfinite(kernels).all()


def test_the_autoencoder_keeps_three_answers():
    trainer = demo("gabors")
    maps = trainer.feature_maps("conv", 1, "after")
    assert maps.shape == (64, 53, 53)
    assert ((maps != 0).sum(0) <= 3).all()


def test_reading_digits_needs_scikit_learn(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match="pip install scikit-learn"):
        demo("digits")


def test_digits_with_large_kernels_are_enlarged():
    trainer = demo("digits", size=7, filters=4)
    assert trainer.probe.shape[-2:] == (28, 28)
    assert F.interpolate(demo("digits").probe, size=28, mode="bilinear").allclose(trainer.probe)
