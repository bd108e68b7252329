from __future__ import annotations

import numpy as np
import pytest

from kernelwidgets.kernels import filters
from kernelwidgets.kernels.description import describe_bank
from kernelwidgets.kernels.metrics import (
    energy_profile,
    layer_report,
    orientation_histogram,
    orthogonality,
    random_variance_entropy_3x3,
    sparsity,
    variance_entropy,
)


def test_random_layer_is_at_its_null():
    weights = np.random.default_rng(0).normal(size=(64, 16, 3, 3))
    report = layer_report(weights)
    assert report.variance_entropy == pytest.approx(report.variance_entropy_null, rel=0.02)
    assert report.orthogonality == pytest.approx(report.orthogonality_null, abs=0.005)
    named = report.table["named"][0]
    assert named <= 3 * report.expected_by_chance
    assert report.distance is None
    assert all(isinstance(sentence, str) for sentence in report.sentences)


def test_hand_made_layer_stands_out():
    weights = filters.bank(40, 7)
    report = layer_report(weights, start=np.roll(weights, 1, axis=0))
    assert sum(report.census.values()) == 40
    assert report.census["unstructured"] == 0
    assert report.expected_by_chance < 5
    assert report.variance_entropy < 0.9 * report.variance_entropy_null
    assert report.distance > 0
    assert -1 <= report.cosine < 1
    assert "less varied" in " ".join(report.sentences)


def test_random_entropy_follows_the_published_curve():
    rng = np.random.default_rng(0)
    for n in (64, 256, 1024):
        measured = np.mean([variance_entropy(rng.normal(size=(n, 9))) for _ in range(10)])
        assert measured == pytest.approx(random_variance_entropy_3x3(n), rel=0.03)


def test_entropy_extremes():
    one_direction = np.outer(np.arange(5.0), np.ones(9))
    assert variance_entropy(one_direction) == pytest.approx(0, abs=1e-9)
    assert variance_entropy(np.ones((1, 9))) is None
    assert variance_entropy(np.ones((4, 9))) is None


def test_orthogonality_and_sparsity():
    assert orthogonality(np.eye(4).reshape(4, 1, 2, 2)) == 1
    assert orthogonality(np.ones((3, 1, 2, 2))) == pytest.approx(0)
    assert orthogonality(np.ones((1, 1, 2, 2))) is None
    weights = np.ones((4, 1, 3, 3))
    weights[0] *= 0.001
    assert sparsity(weights) == 0.25


def test_orientations():
    kernels = [filters.gaussian_derivative(7, angle_deg=a) for a in (0, 90, 92, 178)]
    counts = orientation_histogram(
        describe_bank(np.array([*kernels, filters.gaussian(7)])[:, None])
    )
    assert counts[0] == 2
    assert counts[6] == 2
    assert counts.sum() == 4


def test_energy_profile():
    rng = np.random.default_rng(0)
    patches = rng.normal(size=(2000, 9)) * np.arange(9, 0, -1)
    profile = energy_profile(np.eye(9)[:1], patches)
    assert profile.sum() == pytest.approx(1)
    assert profile[0] > 0.95


def test_start_of_another_shape_raises():
    with pytest.raises(ValueError, match="the start has shape"):
        layer_report(np.ones((2, 1, 3, 3)), start=np.ones((2, 1, 5, 5)))
