"""The convolution explorer from the user's side: settings, output, errors, a network."""

from __future__ import annotations

import base64
import subprocess
import sys
import threading
import typing
from typing import Any

import anywidget
import msgspec
import numpy as np
import pytest
import torch
import traitlets

from kernelwidgets.widgets.explorer import ConvolutionExplorer
from kernelwidgets.wire import explorer as wire

PICTURE = np.array([[9, 8, 7, 6], [5, 4, 3, 2], [1, 2, 3, 4], [5, 6, 7, 8]])
KERNEL = np.arange(1, 10).reshape(3, 3)
SIGNAL = [0.8416, 0.7342, 0.5710, 0.1769, 0.9574, 0.2653, 0.9246, 0.2238, 0.3736, 0.0875]
PEAKS = [-0.6784, -0.3401, -1.3515, 0.5152, -1.6167, 0.4355, -1.0744, 0.0623]


def from_page(explorer: ConvolutionExplorer, **state: Any) -> None:
    explorer.set_state(state)


def array_from_page(array: Any) -> dict[str, Any]:
    array = np.asarray(array, "<f8")
    return {"shape": list(array.shape), "data": memoryview(array.tobytes())}


def test_worked_examples() -> None:
    explorer = ConvolutionExplorer(PICTURE, KERNEL)
    assert explorer.mode == "cross-correlation"
    assert explorer.output.tolist() == [[154, 157], [200, 233]]
    assert explorer.trace.text == "1·9 + 2·8 + 3·7 + 4·5 + 5·4 + 6·3 + 7·1 + 8·2 + 9·3 = 154"
    explorer.mode = "convolution"
    assert explorer.output.tolist() == [[266, 233], [160, 157]]
    signal = ConvolutionExplorer(SIGNAL, [-1, 1, -1])
    assert signal.position == (0,)
    assert signal.output == pytest.approx(PEAKS, abs=1e-9)


GIVEN = {
    "mode": "convolution",
    "padding": (1, 2),
    "padding_mode": "reflect",
    "stride": (2, 1),
    "dilation": 2,
    "groups": 2,
    "bias": (0.5, -1.0),
    "relu": True,
    "pool": ("average", 2),
    "channel": 1,
    "position": (1, 2),
}


def test_settings_are_keywords_and_read_back() -> None:
    rng = np.random.default_rng(0)
    image, kernel = rng.normal(size=(4, 9, 8)), rng.normal(size=(2, 2, 3, 2))
    explorer = ConvolutionExplorer(image, kernel, **GIVEN)
    assert {name: getattr(explorer, name) for name in GIVEN} == GIVEN
    plain = ConvolutionExplorer(image, kernel, groups=2)
    for name, value in GIVEN.items():
        setattr(plain, name, value)
    assert {name: getattr(plain, name) for name in GIVEN} == GIVEN
    np.testing.assert_array_equal(plain.output, explorer.output)
    assert explorer.trace.position == (1, 2)


def test_output_is_what_torch_computes() -> None:
    rng = np.random.default_rng(0)
    image, kernel = rng.normal(size=(3, 9, 8)), rng.normal(size=(4, 3, 3, 2))
    explorer = ConvolutionExplorer(
        torch.from_numpy(image), kernel, padding=1, stride=2, bias=0.25, relu=True, pool="max"
    )
    functional = torch.nn.functional
    theirs = functional.conv2d(
        torch.from_numpy(image)[None], torch.from_numpy(kernel), torch.full((4,), 0.25).double(),
        padding=1, stride=2,
    )  # fmt: skip
    theirs = functional.max_pool2d(functional.relu(theirs), 2)[0]
    assert explorer.pool == ("max", 2)
    np.testing.assert_allclose(explorer.output, theirs.numpy(), atol=1e-9)


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("mode", "correlation", "'cross-correlation', 'convolution'"),
        ("padding", "some", "'valid', 'same', 'full' or cells"),
        ("padding", -1, "from 0"),
        ("padding", (1, 1, 1), "2 of them"),
        ("padding_mode", "mirror", "'zeros', 'reflect'"),
        ("stride", 0, "from 1"),
        ("stride", 1.5, "from 1"),
        ("stride", True, "from 1"),
        ("dilation", 2, "does not fit"),
        ("groups", 2, "groups divides 1"),
        ("bias", [1, 2], "one number for each of 1"),
        ("bias", "much", "a number"),
        ("bias", np.inf, "a number"),
        ("pool", "mean", "'max', 'average'"),
        ("pool", ("max", 3), "take a smaller one"),
        ("pool", ("max", 0), "from 1"),
        ("channel", 1, "1 filters"),
        ("position", (2, 0), "lies outside"),
        ("position", 0, "lies outside"),
        ("image", "cat", "array of numbers"),
        ("image", np.zeros((2, 4, 4)), r"\(\*spatial\)"),
        ("image", 3.0, "at least one number"),
        ("kernel", np.zeros((5, 5)), "does not fit"),
    ],
)
def test_impossible_settings_raise_with_the_fix(setting: str, value: Any, words: str) -> None:
    given = {"image": PICTURE, "kernel": KERNEL} | {setting: value}
    with pytest.raises(ValueError, match=words):
        ConvolutionExplorer(**given)
    explorer = ConvolutionExplorer(PICTURE, KERNEL)
    before = np.array(getattr(explorer, setting))
    with pytest.raises(ValueError, match=words):
        setattr(explorer, setting, value)
    np.testing.assert_array_equal(before, getattr(explorer, setting))


def test_settings_that_depend_on_each_other_change_together() -> None:
    explorer = ConvolutionExplorer(PICTURE, KERNEL, padding="same", position=(3, 3))
    with pytest.raises(ValueError, match="such as padding=1"):
        explorer.stride = 2
    with explorer.hold_trait_notifications():
        explorer.padding = 1
        explorer.stride = 2
    assert explorer.output.shape == (2, 2)
    assert explorer.position == (1, 1)
    with explorer.hold_trait_notifications():
        explorer.image = SIGNAL
        explorer.kernel = [1, 1]
    assert explorer.position == (0,)
    assert explorer.output.shape == (6,)


def test_wrong_arguments_raise() -> None:
    with pytest.raises(TypeError, match="did you mean 'padding'"):
        ConvolutionExplorer(PICTURE, KERNEL, pading=1)
    with pytest.raises(TypeError, match="needs kernel="):
        ConvolutionExplorer(PICTURE)
    with pytest.raises(TypeError, match="takes"):
        ConvolutionExplorer(PICTURE, KERNEL, KERNEL)
    with pytest.raises(TypeError, match="twice"):
        ConvolutionExplorer(PICTURE, KERNEL, kernel=KERNEL)
    with pytest.raises(ValueError, match="not a batch"):
        ConvolutionExplorer(np.zeros((2, 1, 4, 4)), np.zeros((1, 1, 3, 3)))


def test_arrays_are_copies_that_nobody_writes_into() -> None:
    mine = PICTURE.astype(float)
    explorer = ConvolutionExplorer(mine, KERNEL)
    mine[:] = 0
    assert explorer.output[0, 0] == 154
    with pytest.raises(ValueError, match="read-only"):
        explorer.image[0, 0] = 1


def test_a_hand_in_the_page_sets_everything() -> None:
    explorer = ConvolutionExplorer(PICTURE, KERNEL)
    from_page(explorer, kernel=array_from_page(np.ones((2, 2))), position=[2, 1], padding=[0, 0])
    assert explorer.kernel.tolist() == [[1, 1], [1, 1]]
    assert (explorer.position, explorer.padding) == ((2, 1), (0, 0))
    assert explorer.output[2, 1] == 2 + 3 + 6 + 7
    from_page(explorer, image=array_from_page(PICTURE[:2]), pool=["max", 1], bias=2)
    assert explorer.output.shape == (1, 3)
    assert explorer.pool == ("max", 1)
    assert explorer.position == (0, 1)


def test_the_page_may_look_at_impossible_settings_but_not_send_nonsense() -> None:
    explorer = ConvolutionExplorer(PICTURE, KERNEL, padding="same")
    from_page(explorer, stride=2)
    assert explorer.stride == 2
    with pytest.raises(ValueError, match="such as padding=1"):
        _ = explorer.output
    from_page(explorer, stride=0)
    assert explorer.stride == 2
    assert "stride is a whole number from 1" in explorer._message
    from_page(explorer, image={"shape": [3], "data": b"12"})
    assert "cannot be read" in explorer._message
    np.testing.assert_array_equal(explorer.image, PICTURE)
    explorer.stride = 1
    assert explorer.output.shape == (4, 4)


def test_traits_are_those_of_the_contract() -> None:
    hints = typing.get_type_hints(wire.ExplorerTraits)
    own = set(ConvolutionExplorer.class_trait_names(sync=True)) - set(
        anywidget.AnyWidget.class_trait_names(sync=True)
    )
    assert own - {"_esm", "_message"} == set(hints)
    assert set(ConvolutionExplorer.controls()) == {name for name in hints if name[0] != "_"}
    image, kernel = np.zeros((4, 9, 8)), np.zeros((2, 2, 3, 2))
    for explorer in (
        ConvolutionExplorer(PICTURE, KERNEL),
        ConvolutionExplorer(image, kernel, **GIVEN),
    ):
        state = explorer.get_state()
        for name in hints:
            value = state[name]
            if name in ("image", "kernel"):
                value = {"shape": value["shape"]}
            msgspec.convert(msgspec.to_builtins(value), hints[name])


def test_hosts_without_widgets_get_a_picture() -> None:
    explorer = ConvolutionExplorer(PICTURE, KERNEL)
    data, _ = explorer._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert data["text/plain"] == "ConvolutionExplorer: cross-correlation of 4×4 with 3×3"


def test_torch_is_not_needed() -> None:
    code = (
        "import sys, numpy as np; sys.modules['torch'] = None; import kernelwidgets as kw;"
        "print(kw.ConvolutionExplorer(np.ones((3, 3)), np.ones((2, 2))).output.sum())"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "16.0"


def test_the_bundle_is_small() -> None:
    assert len(ConvolutionExplorer(PICTURE, KERNEL)._esm.encode()) <= 60_000


class Page:
    """What a page would be sent."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers: list[dict[str, Any]] = []
        self.news = threading.Event()
        monkeypatch.setattr(ConvolutionExplorer, "send", lambda _, content: self.take(content))

    def take(self, content: Any) -> None:
        self.answers.append(content["answer"])
        self.news.set()


def test_commands_to_arrays_are_refused_and_garbage_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page, explorer = Page(monkeypatch), ConvolutionExplorer(PICTURE, KERNEL)
    explorer._handle_custom_msg({"id": "a", "op": "undo"}, [])
    assert not page.answers[0]["ok"]
    explorer._handle_custom_msg({"event": "sneeze"}, [])
    assert "cannot be read" in explorer._message
    explorer._handle_custom_msg({"event": "page_error", "view": "x", "text": "it broke"}, [])
    assert explorer._message == "it broke"


def test_observers_hear_of_the_page() -> None:
    explorer = ConvolutionExplorer(PICTURE, KERNEL)
    heard: list[traitlets.Bunch] = []
    explorer.observe(heard.append, names="position")
    from_page(explorer, position=[1, 1])
    assert [change["new"] for change in heard] == [(1, 1)]
