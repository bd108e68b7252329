"""Checkpoints that are there already, as recordings."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_tensors

import kernelwidgets as kw
from tests.recording.frames import weights


def states() -> list[dict[str, np.ndarray]]:
    return [{**weights(seed), "out.weight": np.ones((2, 5))} for seed in range(3)]


def test_state_dicts_become_frames() -> None:
    recording = kw.Recording.from_checkpoints(states(), steps=[0, 100, 250])
    assert recording.steps.tolist() == [0, 100, 250]
    assert list(recording.layers) == ["conv1", "conv2"]
    expected = np.stack([weights(seed)["conv2.weight"] for seed in range(3)])
    assert np.array_equal(recording.kernels("conv2"), expected)
    assert np.array_equal(recording.biases("conv1")[1], weights(1)["conv1.bias"])
    limits = {recording.frame(index).limits["conv2", "weight"] for index in range(3)}
    assert len(limits) == 1
    assert max(limits)[1] >= abs(expected).max()
    changes = recording.frame(0).limits["conv2", "change"]
    assert changes[1] >= abs(expected - expected[0]).max()


def test_tensors_of_torch_and_nested_dicts() -> None:
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.Flatten())
    half = {name: value.to(torch.bfloat16) for name, value in model.state_dict().items()}
    recording = kw.Recording.from_checkpoints(
        [model.state_dict(), {"state_dict": half, "epoch": 3}]
    )
    assert recording.steps.tolist() == [0, 1]
    kernels = recording.kernels()
    assert np.array_equal(kernels[0], model[0].weight.detach().numpy())
    assert np.array_equal(kernels[1], half["0.weight"].float().numpy())


def test_files_of_torch_and_safetensors(tmp_path: Path) -> None:
    model = torch.nn.Sequential(torch.nn.Conv1d(2, 4, 5))
    arrays = {name: value.numpy() for name, value in model.state_dict().items()}
    torch.save({"model": model.state_dict(), "epoch": 1}, tmp_path / "0.pt")
    save_file(arrays, tmp_path / "1.safetensors")
    save_tensors(
        {name: value.to(torch.bfloat16) for name, value in model.state_dict().items()},
        tmp_path / "2.safetensors",
    )
    recording = kw.Recording.from_checkpoints(sorted(tmp_path.iterdir()))
    kernels = recording.kernels("0")
    assert kernels.shape == (3, 4, 2, 5)
    assert np.array_equal(kernels[0], kernels[1])
    assert np.allclose(kernels[1], kernels[2], atol=0.01)


def test_what_does_not_fit_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = kw.Recording.from_checkpoints
    with pytest.raises(TypeError, match="give a list of checkpoints"):
        record("run.pt")
    with pytest.raises(ValueError, match="there are no checkpoints"):
        record([])
    with pytest.raises(ValueError, match="need as many steps"):
        record(states(), steps=[0, 1])
    with pytest.raises(ValueError, match="no convolution kernels"):
        record([{"out.weight": np.ones((2, 5))}])
    other = {"conv1.weight": np.ones((4, 1, 5, 5)), "conv2.weight": np.ones((5, 4, 3, 3))}
    with pytest.raises(ValueError, match="checkpoint 1 has no layer 'conv1' of shape"):
        record([states()[0], other])
    assert len(record([states()[0], other], layers=["conv2"])) == 2
    torch.save([1, 2], tmp_path / "list.pt")
    with pytest.raises(ValueError, match=r"save model\.state_dict\(\)"):
        record([tmp_path / "list.pt"])
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    with pytest.raises(ImportError, match="pip install"):
        record([tmp_path / "x.safetensors"])
