"""Whatever holds kernels can be shown."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from kernelwidgets.export.exhibit import exhibit_of
from kernelwidgets.live import existing_live_model, watch
from kernelwidgets.sources import as_source
from kernelwidgets.widgets.charts import WeightHistogram
from kernelwidgets.widgets.controls import Controls
from kernelwidgets.widgets.kernel_editor import KernelEditor
from kernelwidgets.widgets.kernel_grid import KernelGrid
from kernelwidgets.widgets.lab import Lab
from kernelwidgets.widgets.player import Player
from kernelwidgets.wire.array_source import ArraySource
from kernelwidgets.wire.source import Request, Source, Want


def _net() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(1, 4, 5), nn.ReLU(), nn.Conv2d(4, 6, 3))


def test_a_source_is_taken_as_it_is() -> None:
    source = ArraySource(np.eye(3))
    assert as_source(source) is source


def test_views_on_one_network_share_its_live_model() -> None:
    model = _net()
    live = watch(model)
    assert as_source(model) is live
    assert KernelGrid(model).source is live
    assert as_source(live) is live
    other = _net()
    grid, editor = KernelGrid(other), KernelEditor(other)
    assert grid.source is editor.source is existing_live_model(other)


def test_a_layer_alone_and_a_layer_of_a_network() -> None:
    model = _net()
    layer = model[2]
    assert isinstance(layer, nn.Conv2d)
    alone = KernelEditor(layer, kernel=(5, 3))
    np.testing.assert_array_equal(alone.values, layer.weight[5, 3].detach().numpy())
    inside = KernelGrid(model, layer=layer)
    assert inside.layer == "2"
    inside.layer = model[0]  # type: ignore[assignment]  # read back as its name
    assert inside.layer == "0"


def test_a_part_of_a_network_that_is_watched_is_shown_by_its_live_model() -> None:
    model = nn.Sequential(_net(), nn.Sequential(nn.Conv2d(6, 2, 3), nn.ReLU()))
    alone = KernelGrid(model[1]).source
    live = watch(model, torch.optim.SGD(model.parameters()))
    assert alone is not live
    for part, layer in [(model, "0.0"), (model[0][2], "0.2"), (model[1], "1.0")]:
        for view in (KernelGrid(part), KernelEditor(part), WeightHistogram(part), Lab(part)):
            assert view.layer == layer
            assert isinstance(view, Lab) or view.source is live
    assert Controls(model[1][1]).source is live
    assert KernelGrid(model[0], layer=model[0][2]).layer == "0.2"
    assert exhibit_of(model[1]).state["layer"] == "1.0"
    with pytest.raises(ValueError, match=r"holds '0.2', not layer '0.0'.*leave out layer="):
        KernelGrid(model[0][2], layer=0)
    with pytest.raises(ValueError, match="give the whole network"):
        KernelGrid(model[1][1])
    live.close()
    assert KernelGrid(model[0][2]).source is not live


@pytest.mark.parametrize(
    "make",
    [
        lambda model: model.state_dict(),
        lambda model: model[0].weight,
        lambda model: model[0].weight.detach().numpy(),
        lambda model: model[0].weight.detach().to(torch.bfloat16).float().tolist(),
    ],
    ids=["state_dict", "parameter", "array", "lists"],
)
def test_arrays_of_all_kinds_are_copied(make: Any) -> None:
    model = _net()
    source = as_source(make(model))
    assert isinstance(source, ArraySource)
    assert source.info.layers[0].shape == [4, 1, 5, 5]
    before = model[0].weight.detach().clone()
    source.edit(source.info.layers[0].name, ..., 9.0)
    assert torch.equal(model[0].weight, before)


def test_tensors_of_half_precision() -> None:
    tensor = torch.linspace(-1, 1, 9, dtype=torch.bfloat16).reshape(3, 3)
    source = as_source(tensor)
    assert isinstance(source, ArraySource)
    np.testing.assert_array_equal(source.values, tensor.float().numpy())


def test_the_state_of_a_whole_network() -> None:
    source = as_source(nn.Sequential(_net(), nn.BatchNorm2d(6), nn.Linear(6, 2)).state_dict())
    assert [layer.name for layer in source.info.layers] == ["0.0", "0.2"]
    assert all(layer.bias for layer in source.info.layers)


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("view", [KernelGrid, KernelEditor, Lab, Player])
def test_a_checkpoint_that_diverged_can_be_shown(view: Any) -> None:
    state = _net().state_dict()
    state["2.weight"][:] = torch.inf
    state["2.weight"][0] = torch.nan
    shown = view(state, "2")
    want = Want("weight", "2")
    weight = shown.source.read(Request(frozenset([want]))).arrays[want]
    np.testing.assert_array_equal(weight, state["2.weight"].numpy())
    assert shown._repr_mimebundle_()[0]["image/png"]


@pytest.mark.parametrize(
    ("x", "reads"),
    [
        (np.zeros((20, 3, 5, 5)), [True]),
        (np.zeros((20, 3, 5)), [False]),
        (np.zeros((20, 4, 5, 5)), [False]),
        ({"a": np.zeros((2, 3, 5, 5)), "b": np.zeros((4, 3, 3, 3))}, [True, True]),
        ({"a.weight": np.zeros((3, 3, 5, 5)), "b.weight": np.zeros((2, 3, 3, 3))}, [True, False]),
        (nn.Sequential(nn.Conv2d(3, 3, 5), nn.Conv2d(3, 2, 3)), [True, False]),
        (nn.Sequential(nn.Conv2d(3, 3, 5, groups=3), nn.Conv2d(3, 2, 3)), [False, False]),
    ],
)
def test_without_a_probe_a_first_layer_of_three_inputs_is_in_color(
    x: Any, reads: list[bool]
) -> None:
    assert [info.reads_image for info in as_source(x).info.layers] == reads


def test_a_probe_shows_what_was_supposed_of_the_first_layer() -> None:
    model = nn.Sequential(nn.BatchNorm2d(3), nn.Conv2d(3, 2, 3))
    live = watch(model)
    assert live.layers["1"].reads_image
    live.probe = torch.rand(2, 3, 8, 8)
    assert not live.layers["1"].reads_image


def test_a_layout_for_a_network_raises() -> None:
    with pytest.raises(TypeError, match="layout= is for arrays"):
        KernelGrid(_net(), layout="HWIO")


@pytest.mark.parametrize("x", [nn.Conv2d, Source, "model.pt", torch.optim.SGD])
def test_what_is_not_a_thing_with_kernels_raises(x: Any) -> None:
    with pytest.raises(TypeError, match="give a network"):
        as_source(x)


def test_a_network_without_convolutions_has_a_lab_all_the_same() -> None:
    lab = Lab(nn.Linear(3, 2))
    assert lab.layer == ""
    assert lab._repr_mimebundle_()[0]["text/plain"] == "Lab: Linear, step 0"
    with pytest.raises(ValueError, match="no convolution layers"):
        lab.layer = "conv1"
