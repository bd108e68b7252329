"""Plain arrays as a source: layouts, edits, undo."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernelwidgets.wire import schema
from kernelwidgets.wire.array_source import ArraySource
from kernelwidgets.wire.commands import CommandError
from kernelwidgets.wire.source import Frame, Request, Source, Want


def _shape(source: ArraySource) -> list[int]:
    return source.info.layers[0].shape


def _weights(source: ArraySource, layer: str = "kernels") -> np.ndarray:
    want = Want("weight", layer)
    return source.read(Request(frozenset([want]))).arrays[want]


@pytest.mark.parametrize(
    ("shape", "layout", "canonical"),
    [
        ((5, 7), None, [1, 1, 5, 7]),
        ((8, 5, 5), None, [8, 1, 5, 5]),
        ((8, 3, 5, 5), None, [8, 3, 5, 5]),
        ((3, 3, 1, 32), "HWIO", [32, 1, 3, 3]),
        ((8, 2, 9), "OIW", [8, 2, 9]),
        ((9, 2, 8), "WIO", [8, 2, 9]),
        ((4, 2, 3, 3, 3), None, [4, 2, 3, 3, 3]),
    ],
)
def test_layouts(shape: tuple[int, ...], layout: str | None, canonical: list[int]) -> None:
    array = np.random.default_rng(0).normal(size=shape)
    source = ArraySource(array, layout)
    assert _shape(source) == canonical
    np.testing.assert_array_equal(source.values, array)


def test_frames_and_commands_count_on_one_clock() -> None:
    source = ArraySource(np.zeros((2, 1, 3, 3)))
    before = source.read(Request())
    edit = source.submit(schema.Edit(layer="kernels", cells=[0], values=[1.0]))
    assert before.moment < edit.moment < source.read(Request()).moment


def test_keras_values_lie_where_they_belong() -> None:
    array = np.random.default_rng(0).normal(size=(3, 5, 2, 4))
    weights = _weights(ArraySource(array, "HWIO"))
    assert weights[3, 1, 2, 4] == array[2, 4, 1, 3]


@pytest.mark.parametrize("shape", [(3, 3, 1, 32), (7, 7, 3, 64), (1, 1, 64, 128), (3, 3, 64, 64)])
def test_shape_that_looks_like_keras_raises_with_the_fix(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="layout='HWIO'"):
        ArraySource(np.zeros(shape))
    assert _shape(ArraySource(np.zeros(shape), "OIHW")) == list(shape)


@pytest.mark.parametrize("shape", [(32, 3, 3, 3), (64, 3, 7, 7), (3, 3, 3, 3), (16, 16, 1, 1)])
def test_usual_shapes_do_not(shape: tuple[int, ...]) -> None:
    assert _shape(ArraySource(np.zeros(shape))) == list(shape)


@pytest.mark.parametrize(
    ("array", "layout", "words"),
    [
        (np.zeros(3), None, "1 axes"),
        (np.zeros((0, 3)), None, "no numbers"),
        (np.array([["a"]]), None, "no numbers"),
        (np.array([[1j]]), None, "complex numbers.*real"),
        (np.zeros((3, 3)), "HWIO", "names 4 axes"),
        (np.zeros((3, 3)), "HX", "layout 'HX' is none"),
        (np.zeros((3, 3)), "HH", "layout 'HH' is none"),
        ({"a.weight": np.zeros((3, 3))}, None, "no convolution kernels"),
    ],
)
def test_what_is_no_kernel_raises(array: Any, layout: str | None, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ArraySource(array, layout)


def test_state_dict_keeps_convolutions_and_their_biases() -> None:
    state = {
        "conv1.weight": np.ones((4, 1, 3, 3)),
        "conv1.bias": np.arange(4.0),
        "norm.weight": np.ones(4),
        "line.weight": np.ones((4, 2, 5)),
        "head.weight": np.ones((10, 4)),
        "head.bias": np.ones(10),
    }
    source = ArraySource(state)
    assert [(layer.name, layer.kind) for layer in source.info.layers] == [
        ("conv1", "Conv2d"),
        ("line", "Conv1d"),
    ]
    want = Want("bias", "conv1")
    frame = source.read(Request(frozenset([want])))
    np.testing.assert_array_equal(frame.arrays[want], np.arange(4.0))


def test_the_state_of_one_layer_alone() -> None:
    source = ArraySource({"weight": np.ones((8, 3, 3, 3)), "bias": np.arange(8.0)})
    (layer,) = source.info.layers
    assert (layer.name, layer.shape, layer.bias) == ("conv", [8, 3, 3, 3], True)
    (line,) = ArraySource({"weight": np.ones((4, 2, 5))}).info.layers
    assert (line.kind, line.shape) == ("Conv1d", [4, 2, 5])


def test_a_state_dict_is_never_taken_for_one_of_keras() -> None:
    source = ArraySource({"0.weight": np.zeros((3, 3, 1, 32))})
    assert _shape(source) == [3, 3, 1, 32]


def test_a_checkpoint_that_diverged_can_be_seen_edited_and_put_back() -> None:
    weight = np.ones((2, 1, 3, 3), np.float32)
    weight[0, 0, 0] = [np.nan, np.inf, -np.inf]
    source = ArraySource({"a.weight": weight, "b.weight": np.full((1, 2, 3, 3), 2.0)})
    assert source.status.text == (
        "arrays, nothing trains; 3 of their values came as NaN or infinity"
    )
    wants = frozenset({want := Want("weight", "a"), change := Want("change", "a")})
    frame = source.read(Request(wants))
    np.testing.assert_array_equal(frame.arrays[want], weight)
    assert frame.limits["a", "weight"] == (-1.0, 1.0)
    assert np.isnan(frame.arrays[change][0, 0, 0]).all()
    source.edit("a", np.s_[0, 0, 0], 0.0)
    assert np.isfinite(source.values["a"]).all()
    source.revert("a")
    np.testing.assert_array_equal(source.values["a"], weight)
    source.undo()
    assert np.isfinite(source.values["a"]).all()
    with pytest.raises(CommandError, match="do not fit"):
        source.edit("a", np.s_[0, 0, 0], np.inf)


def test_a_mapping_of_arrays_is_read_by_its_names() -> None:
    source = ArraySource({"sobel": np.eye(3), "bank": np.zeros((4, 5, 5))})
    assert [layer.name for layer in source.info.layers] == ["sobel", "bank"]
    assert set(source.values) == {"sobel", "bank"}


def test_it_is_a_source() -> None:
    assert isinstance(ArraySource(np.eye(3)), Source)


def test_the_users_array_is_never_written_to() -> None:
    array = np.eye(3)
    source = ArraySource(array)
    source.edit("kernels", np.s_[0, 0], 7.0)
    np.testing.assert_array_equal(array, np.eye(3))
    np.testing.assert_array_equal(source.values, np.full((3, 3), 7.0))
    source.values[:] = 0
    np.testing.assert_array_equal(source.values, np.full((3, 3), 7.0))


def test_frames_do_not_change_afterwards() -> None:
    source = ArraySource(np.eye(3))
    before = _weights(source)
    source.edit("kernels", ..., 7.0)
    np.testing.assert_array_equal(before[0, 0], np.eye(3))


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(0, 17), min_size=1, max_size=5, unique=True),
            st.floats(-10, 10),
            st.sampled_from(["", "one", "two"]),
        ),
        max_size=12,
    )
)
def test_undo_leads_back_and_redo_forth(edits: list[tuple[list[int], float, str]]) -> None:
    start = np.arange(18.0).reshape(2, 3, 3)
    source = ArraySource(start)
    for cells, value, gesture in edits:
        source.submit(
            schema.Edit(layer="kernels", cells=cells, values=[value] * len(cells), gesture=gesture)
        ).wait(0)
    edited = source.values
    steps = source.status.undo
    assert steps <= len(edits)
    for _ in range(steps):
        source.undo()
    np.testing.assert_array_equal(source.values, start)
    assert (source.status.undo, source.status.redo) == (0, steps)
    for _ in range(steps):
        source.redo()
    np.testing.assert_array_equal(source.values, edited)


def test_a_gesture_is_one_undo_step() -> None:
    source = ArraySource(np.zeros((3, 3)))
    for value in (0.1, 0.2, 0.3):
        source.submit(
            schema.Edit(layer="kernels", cells=[4], values=[value], gesture="g", hold=True)
        )
    source.submit(schema.Release(gesture="g")).wait(0)
    assert source.status.undo == 1
    source.undo()
    assert source.values[1, 1] == 0


def test_revert_is_one_undo_step() -> None:
    source = ArraySource(np.eye(3))
    source.edit("kernels", ..., 5.0)
    source.revert("kernels", np.s_[0, 0, 0])
    np.testing.assert_array_equal(source.values, [[1, 0, 0], [5, 5, 5], [5, 5, 5]])
    source.undo()
    assert (source.values == 5).all()


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (schema.Edit(layer="conv9", cells=[0], values=[1.0]), "'kernels'"),
        (schema.Edit(layer="kernels", cells=[9], values=[1.0]), "0 to 8"),
        (schema.Edit(layer="kernels", cells=[0], values=[1.0], parameter="bias"), "no bias"),
        (schema.Edit(layer="kernels", cells=[0], values=[1e300]), "do not fit"),
        (schema.Undo(), "nothing to undo"),
        (schema.Redo(), "nothing to redo"),
        (schema.Start(), "cannot start"),
        (schema.Freeze(layer="kernels", cells=[0]), "cannot freeze"),
    ],
)
def test_impossible_commands_are_refused_with_the_fix(
    command: schema.AnyCommand, words: str
) -> None:
    array = np.eye(3, dtype=np.float32)
    source = ArraySource(array)
    with pytest.raises(CommandError, match=words):
        source.submit(command).wait(0)
    np.testing.assert_array_equal(source.values, array)


def test_color_range_stands_still_under_a_finger_and_never_flickers() -> None:
    source = ArraySource(np.full((3, 3), 0.3))

    def limit() -> float:
        want = Want("weight", "kernels")
        return source.read(Request(frozenset([want]))).limits["kernels", "weight"][1]

    assert limit() == 0.5
    held = schema.Edit(layer="kernels", cells=[0], values=[3.0], gesture="g", hold=True)
    source.submit(held)
    assert limit() == 0.5
    source.submit(schema.Release(gesture="g"))
    assert limit() == 5
    source.edit("kernels", ..., 0.1)
    assert limit() == 5


class _Reader:
    def __init__(self, request: Request) -> None:
        self.wanted = request
        self.free = True
        self.frames: list[Frame] = []
        self.undo: list[int] = []

    def request(self) -> Request:
        return self.wanted

    def ready(self) -> bool:
        return self.free

    def deliver(self, frame: Frame) -> None:
        self.frames.append(frame)

    def deliver_status(self, status: schema.Status) -> None:
        self.undo.append(status.undo)

    def deliver_info(self, info: schema.SourceInfo) -> None:
        raise AssertionError("the facts of an array do not change")


def test_a_subscriber_gets_each_change_until_it_leaves() -> None:
    source = ArraySource(np.eye(3))
    reader = _Reader(Request(frozenset([Want("weight", "kernels")])))
    leave = source.subscribe(reader)
    source.edit("kernels", ..., 2.0)
    source.wake()
    assert len(reader.frames) == 1
    assert reader.undo == [1]
    leave()
    leave()
    source.edit("kernels", ..., 3.0)
    assert len(reader.frames) == 1


def test_who_is_busy_gets_the_latest_only() -> None:
    source = ArraySource(np.zeros((3, 3)))
    want = Want("weight", "kernels")
    reader = _Reader(Request(frozenset([want])))
    source.subscribe(reader)
    reader.free = False
    for value in range(5):
        source.edit("kernels", ..., value)
    assert reader.frames == []
    reader.free = True
    source.wake()
    assert [frame.arrays[want].max() for frame in reader.frames] == [4]


def test_presets_fit_the_sizes_that_there_are() -> None:
    source = ArraySource({"a": np.zeros((2, 5, 5)), "b": np.zeros((3, 3))})
    assert set(source.info.presets) == {"5x5", "3x3"}
    for name, presets in source.info.presets.items():
        size = int(name[0]) ** 2
        assert len(presets) >= 10
        assert all(len(preset.values) == size for preset in presets)
        assert all(max(map(abs, preset.values)) == pytest.approx(1) for preset in presets)
