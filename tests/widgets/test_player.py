from __future__ import annotations

import gc
import io
import threading
import time
import weakref
import zlib
from collections.abc import Callable

import msgspec
import numpy as np
import pytest
from PIL import Image

import kernelwidgets as kw
from kernelwidgets.export.tape import Tape
from kernelwidgets.recording import Event, Recording
from kernelwidgets.widgets import _growth
from kernelwidgets.widgets._growth import Growth
from kernelwidgets.widgets.player import Player
from kernelwidgets.wire.arrays import unpack
from kernelwidgets.wire.schema import ArraySpec, Edit
from kernelwidgets.wire.source import Frame, Want
from kernelwidgets.wire.tape import TapeHeader
from tests.recording.frames import begin, frame, recorded


def sent(player: Player, monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict, list]]:
    messages: list[tuple[dict, list]] = []

    def send(content: dict, buffers: list | None = None) -> None:
        messages.append((content, buffers or []))

    monkeypatch.setattr(player, "send", send)
    return messages


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_recording_as_the_last_line_of_a_cell_shows_its_player() -> None:
    data, _ = recorded()._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["image/png"]
    assert data["text/plain"].startswith("Player: Recording of Net: 5 frames")


def test_the_page_gets_the_table_of_contents_and_asks_for_blocks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recording = recorded(range(20))
    player = kw.Player(recording)
    header = msgspec.convert(player.get_state()["_tape"], TapeHeader)
    assert header.steps == list(range(20))
    assert all(track.blocks == [] and track.stride == 1 for track in header.tracks)
    assert len(zlib.decompress(player._tape_data)) > 0
    messages = sent(player, monkeypatch)
    player._handle_custom_msg({"event": "want_block", "track": 1, "block": 0, "until": 20}, [])
    [(content, [block])] = messages
    assert content == {"block": {"track": 1, "block": 0, "until": 20}}
    track = header.tracks[1]
    assert len(zlib.decompress(block)) >= track.levels * (1 + 19 // 2)


@pytest.mark.parametrize(
    "nonsense",
    [
        {"event": "want_block", "track": 7, "block": 0, "until": 5},
        {"event": "want_block", "track": 0, "block": 1, "until": 5},
        {"event": "want_block"},
        {},
        "what",
    ],
)
def test_nonsense_from_the_page_is_said_and_harmless(
    nonsense: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    player = kw.Player(recorded())
    messages = sent(player, monkeypatch)
    player._handle_custom_msg(nonsense, [])
    assert player._message.startswith("the page ")
    assert messages == []


def test_a_moved_play_head_costs_python_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    player = kw.Player(recorded())
    before = player._frame
    messages = sent(player, monkeypatch)
    player.set_state({"at": 20, "playing": True, "selected": [1, 0]})
    assert (player.at, player.playing, player.selected) == (20, True, (1, 0))
    assert player._frame is before
    assert messages == []


def test_the_still_is_of_the_moment_on_show() -> None:
    player = kw.Player(recorded(), at=20)
    data, _ = player._repr_mimebundle_()
    assert player._frame["step"] == 20
    assert data["image/png"]


def test_controls_are_checked() -> None:
    recording = recorded()
    with pytest.raises(TypeError, match="did you mean 'speed'"):
        kw.Player(recording, sped=2)
    with pytest.raises(ValueError, match="no layer 'conv9'"):
        kw.Player(recording, layer="conv9")
    with pytest.raises(ValueError, match="at is a whole number"):
        kw.Player(recording, at=-3)


def test_what_is_no_recording_is_shown_as_it_is_now() -> None:
    player = kw.Player(np.eye(3))
    assert player._tape["steps"] == [0]
    assert player._tape["tracks"][0]["arrays"][0]["shape"] == [1, 1, 3, 3]


def test_names_are_found_once_somebody_wants_them() -> None:
    player = kw.Player(recorded())
    assert player._tape_names == []
    player.labels = True
    until(lambda: player._tape_names)
    assert {names["layer"] for names in player._tape_names} == {"conv1", "conv2"}
    assert [n["step"] for n in player._tape_names if n["layer"] == "conv1"] == [0, 10, 20, 30, 40]


def test_an_empty_recording_has_no_player_but_says_what_to_do() -> None:
    with pytest.raises(ValueError, match="train a step first"):
        kw.Player(recorded(range(0)))


def test_an_empty_recording_shows_its_words() -> None:
    data, _ = recorded(range(0))._repr_mimebundle_()
    assert list(data) == ["text/plain"]


def test_five_seconds_from_the_play_head_on_come_as_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    player = kw.Player(recorded(range(0, 160, 2)), layer="conv2")
    messages = sent(player, monkeypatch)
    player._handle_custom_msg({"event": "want_gif", "step": 30}, [])
    until(lambda: messages)
    [(content, [gif])] = messages
    assert content == {"gif": "Net, step 30.gif"}
    with Image.open(io.BytesIO(gif)) as image:
        # 80 frames are 8 seconds.
        assert image.n_frames == 50


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Players follow at once."""
    monkeypatch.setattr(_growth, "PERIOD_S", 0.0)
    monkeypatch.setattr(_growth, "SHARE", 1.0)


def more(recording: Recording, steps: range) -> None:
    for step in steps:
        recording.add(frame(step), step / 10)
        recording.add_metrics(step, {"loss": 1.0})


def told(player: Player) -> list[int]:
    return player._tape["steps"]


@pytest.mark.usefixtures("hurried")
def test_a_recording_that_grows_is_followed() -> None:
    recording = recorded(range(1))
    player = kw.Player(recording)
    still = player._tape_data
    assert player._tape["tracks"][0]["exact"]
    more(recording, range(1, 20))
    recording.add_event(Event.of(20, Edit(layer="conv1", cells=[0], values=[1.0])))
    more(recording, range(20, 30))
    until(lambda: told(player) == [*range(30)])
    player._repr_mimebundle_()
    assert player._frame["step"] == 29
    assert [mark["step"] for mark in player._tape["marks"]] == [20]
    assert player._tape["tracks"][0]["exact"] == {}
    [curve] = player._tape["curves"]
    curves = zlib.decompress(player._tape_grown)
    assert unpack(msgspec.convert(curve["steps"], ArraySpec), curves).tolist() == [*range(30)]
    # Of what does not change nothing is sent again.
    assert player._tape_data is still
    player.close()


def test_a_tape_that_has_grown_is_that_of_the_whole_recording() -> None:
    recording = recorded(range(10), gradients=True)
    grown = Tape(recording)
    blocks = [grown.block(track, 0) for track in (0, 1)]
    rng = np.random.default_rng(0)
    for step in range(10, 150):
        gradient = rng.normal(size=(4, 1, 3, 3)).astype(np.float32)
        recording.add(frame(step, gradient=gradient), step / 10)
    assert grown.grow()
    assert not grown.grow()
    whole = Tape(recording)
    assert grown.header.steps == whole.header.steps
    assert grown.header.tracks == whole.header.tracks
    # Who has asked before it grew gets what the page reckons with.
    assert [grown.block(track, 0, 10) for track in (0, 1)] == blocks
    for block in range(3):
        assert grown.block(0, block) == whole.block(0, block)


def test_colors_of_a_frame_stay_when_biases_grow() -> None:
    recording = begin()
    arrays = dict(frame(0).arrays)
    tape = None
    for step, bias in enumerate((0.1, 70.0, 3.0)):
        arrays[Want("bias", "conv1")] = np.full(4, bias, np.float32)
        recording.add(Frame(step, dict(arrays)), 0.0)
        tape = tape or Tape(recording)
    before = tape.header.tracks[0].ranges["bias"]
    assert tape.grow()
    known = tape.header.tracks[0].ranges["bias"]
    assert known[: len(before)] == before
    assert [(each.first, each.high) for each in known[len(before) :]] == [(1, 100.0)]


def test_a_recording_that_forgets_frames_is_told_anew() -> None:
    recording = recorded(range(6), max_frames=6)
    tape = Tape(recording)
    more(recording, range(6, 12))
    assert tape.grow()
    assert tape.header.steps == recording.steps.tolist()
    assert tape.block(0, 0) == Tape(recording).block(0, 0)


def test_pictures_that_come_later_are_told() -> None:
    recording = recorded(range(2))
    tape = Tape(recording)
    info = msgspec.structs.replace(recording.source_info, samples=["three"])
    recording.set_probe(info, np.zeros((1, 1, 6, 6), np.float32), (0.0, 1.0))
    more(recording, range(2, 3))
    before = tape.still
    assert tape.grow()
    assert (len(tape.header.probe), tape.header.info.samples) == (1, ["three"])
    assert tape.still != before
    assert tape.grown == b""


def followers() -> list[threading.Thread]:
    return [
        thread
        for thread in threading.enumerate()
        if isinstance(thread, threading.Timer)
        and isinstance(getattr(thread.function, "__self__", None), Growth)
    ]


@pytest.mark.usefixtures("hurried")
def test_where_nothing_is_new_there_is_no_word_and_no_thread() -> None:
    recording = recorded(range(3))
    player = kw.Player(recording)
    heard: list[object] = []
    player.observe(heard.append, "_tape")
    # Those of the tests before end when they are woken.
    until(lambda: not followers())
    more(recording, range(3, 4))
    until(lambda: heard and not followers())
    assert len(heard) == 1
    player._grow()
    recording.add_metrics(4, {"loss": 1.0})
    recording.close()
    assert followers() == []
    assert len(heard) == 1
    player.close()


def test_a_closed_player_follows_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_growth, "PERIOD_S", 3600.0)
    until(lambda: not followers())
    recording = recorded(range(3))
    player = kw.Player(recording)
    more(recording, range(3, 4))
    [timer] = followers()
    player.close()
    timer.join(10)
    assert not timer.is_alive()
    assert recording._listeners == ()
    more(recording, range(4, 5))
    assert followers() == []
    assert told(player) == [0, 1, 2]


class Follower:
    calls = 0

    def grow(self) -> None:
        self.calls += 1
        raise OSError("the disk is gone")


@pytest.mark.usefixtures("hurried")
def test_what_fails_is_said_and_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[object] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: said.append(args.exc_type))
    follower = Follower()
    growth = Growth(follower.grow)
    growth.note()
    until(lambda: said)
    growth.note()
    until(lambda: not followers())
    assert (said, follower.calls) == ([OSError], 1)


def test_what_is_dear_is_done_more_rarely() -> None:
    until(lambda: not followers())
    follower = Follower()
    growth = Growth(follower.grow)
    growth.charge(100.0)
    growth.note()
    [timer] = followers()
    assert timer.interval == pytest.approx(5000)
    growth.close()
    timer.join(10)
    assert not timer.is_alive()


def test_a_player_that_is_gone_is_not_held() -> None:
    follower = Follower()
    growth = Growth(follower.grow)
    growth.note()
    gone = weakref.ref(follower)
    del follower
    gc.collect()
    assert gone() is None
    growth.close()


def test_what_is_no_recording_is_not_followed() -> None:
    player = kw.Player(np.eye(3))
    assert player.recording._listeners == ()


@pytest.mark.usefixtures("hurried")
def test_names_are_found_anew_once_there_are_more_frames() -> None:
    recording = recorded(range(4))
    player = kw.Player(recording, labels=True)
    until(lambda: player._tape_names)
    more(recording, range(4, 8))
    until(lambda: max(names["step"] for names in player._tape_names) > 3)
    player.close()
