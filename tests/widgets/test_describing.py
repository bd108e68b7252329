"""`kw.describe` and `kw.layer_report` on everything that holds kernels."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import kernelwidgets as kw
from kernelwidgets.kernels.description import KernelDescription
from kernelwidgets.sources import as_source

BANK = kw.filters.bank(8, 7, kinds=["gabor", "sobel"])


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 8, 7)
        self.second = nn.Conv2d(8, 4, 3)
        with torch.no_grad():
            self.first.weight.copy_(torch.as_tensor(BANK))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.second(self.first(x))


def test_one_kernel_is_described_alone() -> None:
    for kernel in (kw.filters.sobel(), torch.tensor(kw.filters.sobel(), requires_grad=True)):
        told = kw.describe(kernel)
        assert isinstance(told, KernelDescription)
        assert told.text.startswith("vertical edge detector")
    half = torch.tensor(kw.filters.sobel(), dtype=torch.bfloat16)
    assert kw.describe(half).family == "edge"


def test_whatever_holds_the_layer_gives_the_same_table() -> None:
    net = Net()
    expected = kw.describe(BANK)
    assert list(expected["out"]) == list(range(8))
    live = kw.watch(net, torch.optim.SGD(net.parameters(), lr=0.1))
    holders: list[Any] = [net.first, net, live, net.state_dict(), as_source(BANK), {"first": BANK}]
    for holder in holders:
        table = kw.describe(holder, layer=0)
        assert list(table.columns)[:3] == ["layer", "out", "in"]
        assert list(table["text"]) == list(expected["text"])
    live.close()


def test_a_network_has_a_row_for_every_kernel_of_every_layer() -> None:
    table = kw.describe(Net())
    assert table.groupby("layer", sort=False).size().to_dict() == {"first": 8, "second": 32}
    assert set(kw.describe(Net(), layer="second")["layer"]) == {"second"}


def test_looking_at_a_network_leaves_no_hook_on_it() -> None:
    net = Net()
    kw.describe(net)
    kw.layer_report(net, "first")
    assert all(not m._forward_hooks and not m._forward_pre_hooks for m in net.modules())


def test_a_running_trainer_is_described_at_a_safe_point() -> None:
    trainer = kw.demo("lines")
    trainer.start()
    try:
        assert len(kw.describe(trainer)) == 8
    finally:
        trainer.stop()
        trainer.join(30)


def test_three_channels_are_one_color_kernel_on_demand() -> None:
    net = nn.Sequential(nn.Conv2d(3, 4, 5), nn.Conv2d(4, 2, 3))
    assert len(kw.describe(net)) == 12 + 8
    table = kw.describe(net, rgb=True)
    assert len(table) == 4 + 8
    assert set(table["color"][:4]) <= {"gray", "opponent", "single"}


def test_without_pandas_a_table_is_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    rows = kw.describe(Net())
    assert [(row["layer"], row["out"]) for row in rows[:2]] == [("first", 0), ("first", 1)]


@pytest.mark.parametrize(
    ("x", "error", "words"),
    [
        (np.zeros((0, 3, 3)), ValueError, "not shape"),
        (np.full((3, 3), np.nan), ValueError, "NaN"),
        (np.ones((3, 3), complex), TypeError, "real numbers"),
        (torch.ones(3, 3, dtype=torch.complex64), TypeError, "real numbers"),
        (np.ones((2, 2, 3, 3, 3)), ValueError, "not shape"),
        (3.0, ValueError, "not shape"),
        (None, TypeError, "cannot describe a NoneType"),
        ("sobel", TypeError, "cannot describe a str"),
        (nn.Linear(3, 3), ValueError, "no convolution layer"),
        (nn.Conv3d(1, 2, 3), ValueError, "three axes|one or two axes"),
    ],
    ids=str,
)
def test_bad_input_says_what_to_give(x: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        kw.describe(x)


def test_zeros_are_dead_and_single_cells_have_no_family() -> None:
    assert kw.describe(np.zeros((3, 3))).family == "dead"
    assert set(kw.describe(np.zeros((2, 1, 4, 4)))["family"]) == {"dead"}
    assert kw.describe(np.ones((1, 1))).family is None


def test_diverged_weights_name_their_layer() -> None:
    net = Net()
    with torch.no_grad():
        net.second.weight[0, 0, 0, 0] = torch.nan
    with pytest.raises(ValueError, match=r"layer 'second': .*NaN"):
        kw.describe(net)


def test_kernels_of_three_axes_are_left_out_aloud() -> None:
    net = nn.Sequential(nn.Conv3d(1, 2, 3), nn.Flatten(2, 3), nn.Conv2d(2, 2, 3))
    with pytest.warns(UserWarning, match="three axes: 0"):
        assert set(kw.describe(net)["layer"]) == {"2"}


def test_an_unknown_layer_raises_with_the_names() -> None:
    with pytest.raises(ValueError, match="'first', 'second'"):
        kw.describe(Net(), layer="conv9")
    with pytest.raises(ValueError, match="'first', 'second'"):
        kw.layer_report(Net(), 7)


def test_a_layout_makes_kernels_of_other_axes() -> None:
    kernels = BANK[:, 0]
    assert len(kw.describe(kernels, layout="OHW")) == 8
    assert len(kw.describe(np.moveaxis(BANK, (0, 1), (3, 2)), layout="HWIO")) == 8


def test_the_report_knows_the_way_from_a_start_that_was_watched() -> None:
    net = Net()
    live = kw.watch(net, torch.optim.SGD(net.parameters(), lr=0.1))
    assert kw.layer_report(live, "first").distance == 0
    live.edit("first", 0, 0.0)
    report = kw.layer_report(live, net.first)
    assert report.distance == pytest.approx(
        float(np.linalg.norm(BANK[0]) / np.linalg.norm(BANK)), rel=1e-5
    )
    live.close()
    assert kw.layer_report(net).distance is None


def test_the_report_is_a_small_table_and_sentences() -> None:
    text = str(kw.layer_report(BANK))
    assert "variance entropy" in text
    assert "8 of 8 kernels have a name" in text
    assert "None" not in text


def test_arrays_are_described_without_torch_or_widgets() -> None:
    code = (
        "import sys, numpy as np, kernelwidgets as kw\n"
        "kw.describe(np.eye(3)); kw.describe_bank(np.ones((2, 1, 3, 3))); "
        "kw.layer_report(np.ones((2, 1, 3, 3)))\n"
        "print([m for m in ('torch', 'anywidget', 'ipywidgets', 'bqplot') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert shown.stdout.strip() == "[]"
