from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal
from torch.nn import functional

from kernelwidgets.kernels.convolution import convolve, correlate, pool, relu
from kernelwidgets.kernels.geometry import geometry
from kernelwidgets.kernels.trace import trace
from tests.kernels.convolution_cases import FIXTURE, build_cases, torch_reference

PICTURE = [[9, 8, 7, 6], [5, 4, 3, 2], [1, 2, 3, 4], [5, 6, 7, 8]]
KERNEL = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
SIGNAL = [0.8416, 0.7342, 0.5710, 0.1769, 0.9574, 0.2653, 0.9246, 0.2238, 0.3736, 0.0875]


def test_worked_example_in_two_dimensions():
    assert correlate(PICTURE, KERNEL) == pytest.approx(np.array([[154, 157], [200, 233]]))
    assert convolve(PICTURE, KERNEL) == pytest.approx(np.array([[266, 233], [160, 157]]))


def test_worked_example_in_one_dimension():
    # Reference computed here from the definition: sum of u[i + j] v[j].
    expected = [-SIGNAL[i] + SIGNAL[i + 1] - SIGNAL[i + 2] for i in range(8)]
    answer = correlate(SIGNAL, [-1, 1, -1])
    assert answer == pytest.approx(expected)
    printed = [-0.6784, -0.3401, -1.3515, 0.5152, -1.6167, 0.4355, -1.0744, 0.0623]
    assert answer == pytest.approx(printed, abs=1e-9)
    assert [i + 1 for i in np.flatnonzero(answer > 0)] == [4, 6, 8]


def test_convolution_equals_scipy():
    rng = np.random.default_rng(0)
    x, k = rng.normal(size=(7, 9)), rng.normal(size=(3, 5))
    for padding in ("valid", "same", "full"):
        assert convolve(x, k, padding=padding) == pytest.approx(signal.convolve2d(x, k, padding))
        assert correlate(x, k, padding=padding) == pytest.approx(signal.correlate2d(x, k, padding))


@st.composite
def problems(draw):
    dims = draw(st.integers(1, 2))
    groups = draw(st.integers(1, 3))
    per_group, per_group_out = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    kernel = tuple(draw(st.integers(1, 4)) for _ in range(dims))
    dilation = tuple(draw(st.integers(1, 3)) for _ in range(dims))
    spatial = tuple(
        draw(st.integers(d * (k - 1) + 1, d * (k - 1) + 6))
        for k, d in zip(kernel, dilation, strict=True)
    )
    padding = draw(
        st.sampled_from(["valid", "same", "full"])
        | st.integers(0, 3)
        | st.tuples(*[st.integers(0, 3)] * dims)
    )
    stride = (1,) * dims
    if padding != "same":
        stride = tuple(draw(st.integers(1, 3)) for _ in range(dims))
    case = {
        "padding": padding,
        "padding_mode": draw(st.sampled_from(["zeros", "reflect", "replicate", "circular"])),
        "stride": stride,
        "dilation": dilation,
        "groups": groups,
    }
    pads = geometry(kernel, padding=padding, dilation=dilation, stride=stride).padding
    if case["padding_mode"] == "reflect":
        spatial = tuple(max(n, max(p) + 1) for n, p in zip(spatial, pads, strict=True))
    if case["padding_mode"] == "circular":
        spatial = tuple(max(n, *p) for n, p in zip(spatial, pads, strict=True))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    batch = draw(st.sampled_from([(), (2,)]))
    x = rng.normal(size=(*batch, per_group * groups, *spatial))
    weight = rng.normal(size=(per_group_out * groups, per_group, *kernel))
    bias = rng.normal(size=len(weight)) if draw(st.booleans()) else None
    return x, weight, bias, case


@settings(max_examples=300, deadline=None)
@given(problems())
def test_equal_to_torch(problem):
    x, weight, bias, case = problem
    assert correlate(x, weight, bias, **case) == pytest.approx(
        torch_reference(x, weight, bias, **case), abs=1e-6
    )


@settings(max_examples=50, deadline=None)
@given(problems(), st.data())
def test_trace_adds_up_to_the_output(problem, data):
    x, weight, bias, case = problem
    if x.ndim == weight.ndim:
        x = x[0]
    output = correlate(x, weight, bias, **case)
    channel, *position = (data.draw(st.integers(0, n - 1)) for n in output.shape)
    told = trace(x, weight, tuple(position), bias, channel=channel, **case)
    assert told.value == pytest.approx(output[(channel, *position)])
    assert sum(term.product for term in told.terms) + told.bias == pytest.approx(told.value)
    for term in told.terms:
        met = 0.0 if term.source is None else x[(term.channel, *term.source)]
        assert term.value == met


def test_trace_writes_the_sum_out():
    told = trace(PICTURE, KERNEL, (0, 0))
    assert told.value == 154
    assert (
        told.text == "1·9 + 2·8 + 3·7 + 4·5 + 5·4 + 6·3 + 7·1 + 8·2 + 9·3 = 154"
    )  # 8·1 would give 146
    turned = trace(PICTURE, KERNEL, (0, 0), 0.5, mode="convolution")
    assert turned.text.startswith("9·9 + 8·8")
    assert turned.text.endswith("+ 0.5 = 266.5")
    assert trace(PICTURE, np.array(PICTURE)[:3, :3], (0, 0)).cosine == pytest.approx(1)
    assert trace(PICTURE, np.zeros((3, 3)), (0, 0)).cosine == 0
    corner = trace(PICTURE, KERNEL, (0, 0), padding="same")
    assert [term.source for term in corner.terms[:5]] == [None, None, None, None, (0, 0)]


@pytest.mark.parametrize("kind", ["max", "average"])
@pytest.mark.parametrize(
    ("size", "stride", "padding"), [(2, None, 0), (3, 2, 1), ((2, 3), (1, 2), (1, 0))]
)
def test_pooling_equals_torch(kind, size, stride, padding):
    x = np.random.default_rng(0).normal(size=(2, 8, 9))
    function = functional.max_pool2d if kind == "max" else functional.avg_pool2d
    theirs = function(torch.from_numpy(x), size, stride, padding).numpy()
    assert pool(x, size, kind, stride=stride, padding=padding) == pytest.approx(theirs)


def test_pooling_a_signal_and_relu():
    assert pool([1, 3, 2, 5, 4], 2, spatial_dims=1) == pytest.approx([3, 5])
    assert relu([-1, 2]) == pytest.approx([0, 2])


def test_formula_has_the_numbers_filled_in():
    window = geometry((3, 4), padding="same", dilation=(1, 2))
    assert window.formula((5, 9)) == (
        "⌊(5 + 2·1 − 1·(3 − 1) − 1) / 1⌋ + 1 = 5",
        "⌊(9 + 2·3 − 2·(4 − 1) − 1) / 1⌋ + 1 = 9",
    )
    even = geometry((2,), padding="same")
    assert even.formula((4,)) == ("⌊(4 + 0 + 1 − 1·(2 − 1) − 1) / 1⌋ + 1 = 4",)


@pytest.mark.parametrize(
    ("kwargs", "words"),
    [
        ({"padding": "same", "stride": 2}, "padding=1"),
        ({"padding": "some"}, "'valid', 'same', 'full'"),
        ({"padding": -1}, "at least 0"),
        ({"stride": 0}, "at least 1"),
        ({"stride": (1, 1, 1)}, "2 of them"),
        ({"dilation": 3}, "does not fit"),
        ({"padding": 4, "padding_mode": "reflect"}, "at most 3"),
        ({"padding": 5, "padding_mode": "circular"}, "at most 4"),
        ({"padding_mode": "mirror"}, "reflect"),
        ({"groups": 2}, "groups divides 1"),
        ({"bias": [1, 2]}, "one number for each of 1"),
    ],
)
def test_impossible_settings_are_explained(kwargs, words):
    with pytest.raises(ValueError, match=words):
        correlate(PICTURE, KERNEL, **kwargs)


def test_wrong_shapes_are_explained():
    with pytest.raises(ValueError, match=r"\(\*spatial\)"):
        correlate(np.zeros((1, 4, 4)), KERNEL)
    with pytest.raises(ValueError, match="lies outside"):
        trace(PICTURE, KERNEL, (2, 0))
    with pytest.raises(ValueError, match="one input"):
        trace(np.zeros((2, 1, 4, 4)), np.zeros((1, 1, 3, 3)), (0, 0))
    with pytest.raises(ValueError, match="half the window"):
        pool(PICTURE, 2, padding=2)
    with pytest.raises(ValueError, match="'max' or 'average'"):
        pool(PICTURE, 2, "mean")


def test_shared_fixture_is_current_and_holds_here():
    cases = json.loads(Path(FIXTURE).read_text())["cases"]
    fresh = json.loads(json.dumps(build_cases()))
    assert [case["name"] for case in cases] == [case["name"] for case in fresh]
    for case, again in zip(cases, fresh, strict=True):
        assert {k: v for k, v in case.items() if k != "output"} == {
            k: v for k, v in again.items() if k != "output"
        }
        x = np.reshape(case["input"]["values"], case["input"]["shape"])
        weight = np.reshape(case["weight"]["values"], case["weight"]["shape"])
        compute = convolve if case["mode"] == "convolution" else correlate
        output = compute(x, weight, case["bias"], **case["settings"])
        assert list(output.shape) == case["output"]["shape"]
        assert output.ravel() == pytest.approx(np.array(case["output"]["values"]), abs=1e-6)
