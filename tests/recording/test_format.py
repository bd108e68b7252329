"""What was written once opens for ever."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

import kernelwidgets as kw
from kernelwidgets.recording import Event, Recording
from kernelwidgets.wire.array_source import ArraySource
from kernelwidgets.wire.schema import Guess
from kernelwidgets.wire.source import Frame, Want

FIXTURE = Path(__file__).parents[1] / "fixtures" / "recording_v1.zip"


def values(shape: tuple[int, ...], step: int) -> np.ndarray:
    return (np.arange(np.prod(shape), dtype=np.float32).reshape(shape) - 7) * (step / 8)


def of_version_1(path: Path | None = None) -> Recording:
    """What the fixture was written from."""
    info = ArraySource(
        {"a.weight": np.ones((2, 3, 3, 3)), "a.bias": np.ones(2), "b.weight": np.ones((2, 2, 5))},
        title="Fixture",
    ).info
    recording = Recording.begin(
        info,
        path=path,
        gradients=True,
        classes=["left", "right"],
        starts={"a": values((2, 3, 3, 3), 1), "b": values((2, 2, 5), 1)},
        probe=values((1, 3, 4, 4), 2),
        probe_range=(-1.75, 10.0),
    )
    for step in (0, 4, 4, 10):
        arrays = {
            Want("weight", "a"): values((2, 3, 3, 3), step),
            Want("bias", "a"): values((2,), step),
            Want("weight", "b"): values((2, 2, 5), step),
            Want("map_after", "a"): values((2, 2, 2), step),
        }
        if step:
            arrays[Want("gradient", "a")] = values((2, 3, 3, 3), -step)
        limits = {("a", "weight"): (-50.0, 50.0), ("a", "change"): (-20.0, 20.0)}
        guesses = ((Guess(label="right", share=0.75), Guess(label="left", share=0.25)),)
        recording.add(Frame(step, arrays, limits, guesses), step / 4)
        recording.add_metrics(step, {"loss": 1 / (step + 1)})
    command = {"op": "edit", "layer": "a", "cells": [1], "values": [0.1], "parameter": "weight"}
    recording.add_event(Event(4, "edit", "edit 1 cell of a", command))
    return recording


def test_version_1_opens(tmp_path: Path) -> None:
    with zipfile.ZipFile(FIXTURE) as archive:
        archive.extractall(tmp_path)
    found, expected = kw.open(tmp_path / "recording_v1.zarr"), of_version_1()
    assert found.title == "Fixture"
    assert found.steps.tolist() == [0, 4, 4, 10]
    assert found.times.tolist() == [0, 1, 1, 2.5]
    assert list(found.layers) == ["a", "b"]
    assert found.layers["b"].kernel_size == (5,)
    assert found.classes == ("left", "right")
    for layer in ("a", "b"):
        assert np.array_equal(found.kernels(layer), expected.kernels(layer))
        assert np.array_equal(found.start(layer), expected.start(layer))
    assert np.array_equal(found.biases("a"), expected.biases("a"))
    assert np.array_equal(found.gradients("a"), expected.gradients("a"), equal_nan=True)
    assert np.array_equal(found.feature_maps("a"), expected.feature_maps("a"))
    assert np.array_equal(found.probe, expected.probe)
    assert found.probe_range == (-1.75, 10.0)
    assert found.metrics["loss"][1].tolist() == [1, 1 / 5, 1 / 5, 1 / 11]
    assert found.events == expected.events
    assert found.answers == expected.answers
    assert found.frame(3).limits["a", "weight"] == (-50.0, 50.0)
    assert found.frame(3).limits["b", "change"] == expected.frame(3).limits["b", "change"]
