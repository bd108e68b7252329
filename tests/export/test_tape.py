from __future__ import annotations

import zlib

import msgspec
import numpy as np
import pytest

from kernelwidgets.export.tape import EncodedTape, Tape, encode
from kernelwidgets.recording import Event, Recording
from kernelwidgets.wire.array_source import ArraySource
from kernelwidgets.wire.arrays import levels_of, unpack
from kernelwidgets.wire.schema import Edit, Guess, Pause
from kernelwidgets.wire.source import Frame, Request, Want
from kernelwidgets.wire.tape import TapeHeader
from tests.recording.frames import begin, frame, recorded


def drifting(count: int = 100, **options: object) -> Recording:
    """Weights that take small steps, as those in training do."""
    recording = begin(**options)
    rng = np.random.default_rng(0)
    arrays = dict(frame(0).arrays)
    for step in range(count):
        arrays = {
            want: (values + rng.normal(size=values.shape) / 100).astype(np.float32)
            for want, values in arrays.items()
        }
        recording.add(Frame(step, arrays), step / 30)
        recording.add_metrics(step, {"loss": 1 / (1 + step)})
    return recording


def levels(tape: EncodedTape, track: int) -> np.ndarray:
    """A plain decoder, after the words of the contract: levels (time, cells)."""
    facts, count = tape.header.tracks[track], len(tape.header.steps)
    decoded = []
    for number, (start, end) in enumerate(facts.blocks):
        block = np.frombuffer(zlib.decompress(tape.data[start:end]), np.uint8).astype(int)
        frames = min(facts.per_block, count - number * facts.per_block)
        now, rest = block[: facts.levels], block[facts.levels :]
        codes = rest[: (frames - 1) * facts.levels // 2].reshape(frames - 1, facts.levels // 2)
        beyond = iter(rest[codes.size :].reshape(-1, 2))
        decoded.append(now)
        for row in codes:
            pairs = now.reshape(-1, 2).copy()
            for pair, code in zip(pairs, row, strict=True):
                if code == 255:
                    pair[:] = next(beyond)
                else:
                    pair += facts.stride * (np.array(divmod(code, 15)) - 7)
            now = pairs.ravel()
            decoded.append(now)
        assert next(beyond, None) is None
    return np.array(decoded)


def values(tape: EncodedTape, layer: str, quantity: str = "weight") -> np.ndarray:
    track = next(n for n, track in enumerate(tape.header.tracks) if track.layer == layer)
    facts = tape.header.tracks[track]
    array = next(array for array in facts.arrays if array.quantity == quantity)
    held = levels(tape, track)[:, array.start : array.start + int(np.prod(array.shape))]
    ends = [
        next(
            (each.high for each in reversed(facts.ranges[quantity]) if each.first <= index),
            facts.ranges[quantity][0].high,
        )
        for index in range(len(held))
    ]
    numbers = (held - 128) * np.array(ends)[:, None] / 127
    return np.where(held == 0, np.nan, numbers).reshape(-1, *array.shape)


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_values_come_back_within_the_stated_error(stride: int) -> None:
    recording = drifting()
    small = 10**9 if stride == 1 else 0
    tape = encode(recording, max_bytes=small) if stride != 2 else _strided(recording, 2)
    track = tape.header.tracks[0]
    assert track.stride == stride
    error = abs(values(tape, "conv1") - recording.kernels("conv1"))
    limits = [recording.frame(n).limits["conv1", "weight"][1] for n in range(len(recording))]
    assert (error.max(axis=(1, 2, 3, 4)) <= stride * np.array(limits) / 254 + 1e-6).all()


def _strided(recording: Recording, stride: int) -> EncodedTape:
    tape = Tape(recording, stride=stride)
    data, tracks = tape.still, []
    for number, track in enumerate(tape.header.tracks):
        spans = []
        for index in range(-(-len(recording) // track.per_block)):
            block = tape.block(number, index)
            spans.append((len(data), len(data) + len(block)))
            data += block
        tracks.append(msgspec.structs.replace(track, blocks=spans))
    return EncodedTape(msgspec.structs.replace(tape.header, tracks=tracks), data)


def test_with_a_stride_of_one_colors_are_exactly_those_of_the_recording() -> None:
    recording = drifting()
    tape = encode(recording)
    array = tape.header.tracks[1].arrays[0]
    for index, held in enumerate(levels(tape, 1)):
        seen = recording.frame(index)
        low, high = seen.limits["conv2", "weight"]
        painted = levels_of(seen.arrays[Want("weight", "conv2")], low, high)
        assert (held[: painted.size] == painted.ravel()).all(), array


def test_what_is_no_number_stays_none_and_comes_back() -> None:
    recording = begin()
    for step in range(20):
        held = frame(step, seed=0)
        arrays = dict(held.arrays)
        if 5 <= step < 10:
            arrays[Want("weight", "conv1")] = np.full((4, 1, 3, 3), np.nan, np.float32)
            arrays[Want("weight", "conv1")][0] = 0.25
        recording.add(Frame(step, arrays), step)
    seen = values(encode(recording), "conv1")
    assert np.isnan(seen[5:10, 1:]).all()
    assert np.isfinite(seen[:5]).all()
    assert np.isfinite(seen[10:]).all()


def test_gradients_that_came_late_and_maps_travel_where_they_are_wanted() -> None:
    recording = begin(gradients=True)
    for step in range(3):
        more = {"gradient": np.ones((4, 1, 3, 3), np.float32)} if step else {}
        recording.add(frame(step, map_before=np.ones((4, 5, 5), np.float32), **more), step)
    whole = encode(recording, feature_maps=True).header.tracks[0]
    assert {array.quantity for array in whole.arrays} == {
        "weight",
        "bias",
        "gradient",
        "map_before",
    }
    slim = encode(recording)
    assert "map_before" not in {array.quantity for array in slim.header.tracks[0].arrays}
    gradients = values(slim, "conv1", "gradient")
    assert np.isnan(gradients[0]).all()
    assert np.allclose(gradients[1:], 1, atol=0.01)


def test_curves_probe_answers_and_marks_are_told_once() -> None:
    probe = np.linspace(0, 1, 2 * 25, dtype=np.float32).reshape(2, 1, 5, 5)
    recording = begin(probe=probe, probe_range=(0.0, 1.0))
    for step in range(3):
        guesses = ((Guess(label="cat", share=0.75), Guess(label="dog", share=0.25)), ())
        held = frame(step)
        recording.add(Frame(step, held.arrays, answers=guesses), step)
        recording.add_metrics(step, {"loss": step})
    for cells in ([0], [1]):
        edit = Edit(layer="conv1", cells=cells, values=[1.0], gesture="g")
        recording.add_event(Event.of(1, edit))
    recording.add_event(Event.of(2, Pause()))
    tape = encode(recording)
    header = msgspec.json.decode(msgspec.json.encode(tape.header), type=TapeHeader)
    assert header == tape.header
    still = zlib.decompress(tape.data[: header.still])
    assert np.allclose(unpack(header.probe[1].values, still), probe[1], atol=1 / 250)
    assert unpack(header.curves[0].low, still).tolist() == [0, 1, 2]
    assert header.answers is not None
    assert header.answers.words == ["cat", "dog"]
    assert unpack(header.answers.labels, still)[2].tolist() == [[0, 1], [-1, -1]]
    assert unpack(header.answers.shares, still)[0, 0].tolist() == [7500, 2500]
    assert [(mark.step, mark.text) for mark in header.marks] == [(1, "edit 1 cell of conv1")]


def test_one_frame_is_a_tape_and_layers_can_be_chosen() -> None:
    recording = recorded(range(1))
    tape = encode(recording, layers=[1])
    assert [track.layer for track in tape.header.tracks] == ["conv2"]
    assert [info.name for info in tape.header.info.layers] == ["conv2"]
    assert values(tape, "conv2").shape == (1, 5, 4, 3, 3)


def test_an_empty_recording_says_so() -> None:
    with pytest.raises(ValueError, match="nothing is recorded yet"):
        encode(begin())


def test_a_large_tape_becomes_coarser_and_says_how_exact_it_is() -> None:
    recording = drifting()
    fine, coarse = encode(recording), encode(recording, max_bytes=1000)
    assert len(coarse.data) < len(fine.data)
    assert (fine.header.tracks[0].stride, coarse.header.tracks[0].stride) == (1, 3)
    assert fine.header.text != coarse.header.text
    assert "exact to ±" in fine.header.text


def test_one_frame_alone_is_exact() -> None:
    recording = recorded(range(1))
    tape = encode(recording)
    assert tape.header.text == "Weights are exact"
    still = zlib.decompress(tape.data[: tape.header.still])
    first, second = tape.header.tracks
    assert set(first.exact) == {"weight", "bias"}
    assert set(second.exact) == {"weight"}
    for track in (first, second):
        weights = unpack(track.exact["weight"], still)
        assert np.array_equal(weights, recording.kernels(track.layer)[0])
    assert all(not track.exact for track in encode(recorded(range(2))).header.tracks)


def test_a_large_layer_alone_is_in_levels() -> None:
    large = np.random.default_rng(0).normal(size=(300, 300, 1, 1)).astype(np.float32)
    source = ArraySource({"large.weight": large, "small.weight": large[:2, :2]})
    recording = Recording.begin(source.info)
    names = ("large", "small")
    recording.add(source.read(Request(frozenset(Want("weight", name) for name in names))), 0.0)
    tracks = {track.layer: track for track in encode(recording).header.tracks}
    assert not tracks["large"].exact
    assert set(tracks["small"].exact) == {"weight"}
