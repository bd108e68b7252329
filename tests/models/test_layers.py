from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from kernelwidgets.models import Network
from kernelwidgets.models.geometry import KernelView
from kernelwidgets.wire.source import Request, Want

CONVOLUTIONS = [nn.Conv1d, nn.Conv2d, nn.Conv3d]
TRANSPOSED = [nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d]


def weight(network: Network, layer: str) -> np.ndarray:
    want = Want("weight", layer)
    return network.capture(Request(frozenset({want})), 0).frame().arrays[want]


@pytest.mark.parametrize("make", CONVOLUTIONS + TRANSPOSED)
@pytest.mark.parametrize("groups", [1, 2, 4])
def test_a_layer_is_listed_in_the_canonical_view(make: type[nn.Module], groups: int) -> None:
    layer = make(4, 8, 3, stride=2, padding=1, dilation=2, groups=groups)
    info = Network(layer).layers[next(iter(Network(layer).layers))].info
    dims = len(layer.kernel_size)
    assert info.shape == [8, 4 // groups, *[3] * dims]
    assert (info.in_channels, info.groups, info.kind) == (4, groups, make.__name__)
    assert info.stride == [2] * dims
    assert info.dilation == [2] * dims
    assert info.padding == [(1, 1)] * dims
    assert info.transposed == (make in TRANSPOSED)
    assert info.bias
    assert not info.parametrized


@pytest.mark.parametrize("groups", [1, 2])
def test_the_canonical_kernel_of_a_transposed_layer_is_what_one_input_paints(groups: int) -> None:
    layer = nn.ConvTranspose2d(4, 6, 3, groups=groups, bias=False)
    kernels = weight(Network(layer), "conv_transpose")
    for channel in range(4):
        impulse = torch.zeros(1, 4, 1, 1)
        impulse[0, channel] = 1
        painted = layer(impulse)[0].detach().numpy()
        group, inner = divmod(channel, 4 // groups)
        for out in range(6):
            expected = kernels[out, inner] if out // (6 // groups) == group else np.zeros((3, 3))
            np.testing.assert_array_equal(painted[out], expected)


@given(
    groups=st.integers(1, 3),
    ins=st.integers(1, 3),
    per_group=st.integers(1, 3),
    transposed=st.booleans(),
    data=st.data(),
)
def test_cells_and_parts_are_those_of_the_canonical_array(
    groups: int, ins: int, per_group: int, transposed: bool, data: st.DataObject
) -> None:
    view = KernelView(groups * per_group, ins, (2, 3), groups, transposed)
    raw = torch.arange(view.size, dtype=torch.float32).reshape(view.raw_shape)
    canonical = view.part(raw).numpy()
    assert canonical.shape == view.shape
    np.testing.assert_array_equal(view.raw(canonical), raw)
    cells = np.array(data.draw(st.lists(st.integers(0, view.size - 1))), dtype=np.int64)
    np.testing.assert_array_equal(raw[view.index(cells, raw.device)], canonical.ravel()[cells])
    outs = tuple(data.draw(st.lists(st.integers(0, view.outs - 1))))
    first = data.draw(st.integers(0, ins))
    last = data.draw(st.integers(first, ins))
    np.testing.assert_array_equal(
        view.part(raw, outs, (first, last)), canonical[list(outs), first:last]
    )


def test_a_layer_is_described_in_words() -> None:
    model = nn.Module()
    model.conv1 = nn.Conv2d(1, 8, 7)
    model.dw = nn.Conv2d(8, 8, 3, groups=8, bias=False)
    model.line = nn.Conv1d(1, 1, 5)
    layers = Network(model).layers
    assert layers["conv1"].info.text == "conv1: 8 filters, 1 input, 7×7 = 392 weights + 8 biases"
    assert layers["dw"].info.text == "dw: 8 filters, 8 inputs in 8 groups, 3×3 = 72 weights"
    assert layers["line"].info.text == "line: 1 filter, 1 input, length 5 = 5 weights + 1 bias"


def test_padding_is_resolved_to_numbers() -> None:
    def padding(**settings: object) -> list[tuple[int, int]]:
        return Network(nn.Conv2d(1, 1, (4, 3), **settings)).layers["conv"].info.padding

    assert padding(padding="valid") == [(0, 0), (0, 0)]
    assert padding(padding="same") == [(1, 2), (1, 1)]
    assert padding(padding=(2, 1)) == [(2, 2), (1, 1)]
    layer = nn.Conv2d(1, 1, (4, 3), padding="same", bias=False)
    picture = torch.zeros(1, 1, 8, 8)
    picture[0, 0, 4, 4] = 1
    # Cross-correlation: the output at 4 - cell + before sees the impulse in that cell.
    assert layer(picture)[0, 0, 4 - 0 + 1, 4 - 0 + 1] == layer.weight[0, 0, 0, 0]


def test_wrappers_are_taken_off_and_leave_no_name() -> None:
    inner = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU())
    model = nn.Sequential(torch.compile(inner), nn.Conv2d(2, 2, 3))
    assert list(Network(torch.compile(model)).layers) == ["0.0", "1"]
    assert list(Network(nn.DataParallel(model)).layers) == ["0.0", "1"]
    assert list(Network(torch.optim.swa_utils.AveragedModel(inner)).layers) == ["0"]


def test_layers_of_custom_modules_and_subclasses_are_found() -> None:
    class Wide(nn.Conv2d):
        pass

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.paths = nn.ModuleDict({"a": Wide(1, 2, 3)})
            self.dense = nn.Linear(2, 2)

    network = Network(nn.Sequential(Block(), nn.ReLU()))
    assert list(network.layers) == ["0.paths.a"]
    assert network.layers["0.paths.a"].info.kind == "Conv2d"


def test_a_bare_layer_has_a_name_and_no_layers_are_no_error() -> None:
    assert list(Network(nn.Conv2d(1, 1, 3)).layers) == ["conv"]
    assert Network(nn.Linear(2, 2)).layers == {}


def test_tied_weights_are_one_layer_with_both_names() -> None:
    model = nn.Sequential(nn.Conv2d(2, 2, 3, bias=False), nn.Conv2d(2, 2, 3, bias=False))
    model[1].weight = model[0].weight
    network = Network(model)
    assert list(network.layers) == ["0"]
    assert network.layers["0"].info.names == ["0", "1"]
    assert network.resolve("1") == network.resolve(model[1]) == "0"
    shared = nn.Conv2d(2, 2, 3)
    assert Network(nn.Sequential(shared, nn.ReLU(), shared)).layers["0"].info.names == ["0", "2"]


def test_lazy_layers_are_listed_once_they_exist() -> None:
    model = nn.Sequential(nn.LazyConv2d(4, 3), nn.ReLU(), nn.Conv2d(4, 2, 3))
    network = Network(model)
    assert list(network.layers) == ["2"]
    assert not network.refresh()
    model(torch.zeros(1, 3, 8, 8))
    assert network.refresh()
    assert list(network.layers) == ["0", "2"]
    assert network.layers["0"].info.shape == [4, 3, 3, 3]
    assert network.layers["0"].info.kind == "Conv2d"
    assert not network.refresh()


def test_a_layer_is_found_by_name_module_and_position() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Conv2d(2, 2, 3))
    network = Network(model)
    assert network.resolve("2") == network.resolve(model[2]) == network.resolve(1) == "2"
    assert network.resolve(-1) == network.resolve(np.int64(1)) == "2"
    with pytest.raises(ValueError, match=r"no layer 'conv3'; this model has '0', '2'"):
        network.resolve("conv3")
    with pytest.raises(ValueError, match="no convolution layer here"):
        network.resolve(model[1])
    with pytest.raises(ValueError, match="position 2"):
        network.resolve(2)
    with pytest.raises(TypeError, match="name, a module or a position"):
        network.resolve(1.5)
    with pytest.raises(TypeError):
        network.resolve(True)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_other_dtypes_and_memory_formats_are_read_exactly(dtype: torch.dtype) -> None:
    layer = nn.Conv2d(3, 4, 3).to(dtype=dtype, memory_format=torch.channels_last)
    kernels = weight(Network(layer), "conv")
    assert kernels.dtype == np.float32
    np.testing.assert_array_equal(kernels, layer.weight.detach().float().numpy())


def test_info_holds_layers_presets_and_verbs() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 7), nn.ReLU(), nn.Conv2d(2, 2, 3))
    info = Network(model, [torch.optim.SGD(model.parameters(), 0.1)]).info("net", "", ["start"])
    assert [layer.name for layer in info.layers] == ["0", "2"]
    assert set(info.presets) == {"7x7", "3x3"}
    assert all(len(preset.values) == 49 for preset in info.presets["7x7"])
    assert all(max(map(abs, preset.values)) == 1 for preset in info.presets["7x7"])
    assert "update" in info.quantities
    assert info.verbs[-1] == "start"
    assert set(Network(nn.Conv1d(1, 1, 5)).info("", "").presets) == {"5"}
    assert Network(nn.Conv3d(1, 1, 3)).info("", "").presets == {}
