from __future__ import annotations

import io
import time
import zlib
from collections.abc import Callable

import msgspec
import numpy as np
import pytest
from PIL import Image

import kernelwidgets as kw
from kernelwidgets.widgets.player import Player
from kernelwidgets.wire.tape import TapeHeader
from tests.recording.frames import recorded


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
    player._handle_custom_msg({"event": "want_block", "track": 1, "block": 0}, [])
    [(content, [block])] = messages
    assert content == {"block": {"track": 1, "block": 0}}
    track = header.tracks[1]
    assert len(zlib.decompress(block)) >= track.levels * (1 + 19 // 2)


@pytest.mark.parametrize(
    "nonsense",
    [{"event": "want_block", "track": 7, "block": 0}, {"event": "want_block"}, {}, "what"],
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
