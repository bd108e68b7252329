"""The filter gallery from the user's side: pictures, kernels, settings, a network, errors."""

from __future__ import annotations

import base64
import json
import typing
from typing import Any

import anywidget
import msgspec
import numpy as np
import pytest
import torch

from kernelwidgets.kernels import filters
from kernelwidgets.live import watch
from kernelwidgets.widgets.gallery import FilterGallery
from kernelwidgets.widgets.gallery_pictures import reduced, respond
from kernelwidgets.wire import gallery as wire
from kernelwidgets.wire.schema import Traits
from tests.widgets.fakes import FakeSource
from tests.widgets.gallery_cases import FIXTURE, build_cases

RNG = np.random.default_rng(0)
GRAY = RNG.random((20, 30))
COLOR = RNG.random((20, 30, 3))


def network() -> torch.nn.Module:
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 5, stride=2), torch.nn.ReLU(), torch.nn.Conv2d(4, 2, 3)
    )


def test_hand_made_kernels_stand_first_and_bear_names() -> None:
    gallery = FilterGallery(GRAY)
    assert len(gallery.names) == 12
    assert gallery.names[:3] == ("Sobel x", "Sobel y", "Laplacian")
    assert [made["shape"] for made in gallery._hand_made if made["name"] != "Emboss"] == [
        (7, 7)
    ] * 11
    assert repr(gallery) == "FilterGallery: 12 hand-made kernels"
    beside = FilterGallery(GRAY, RNG.normal(size=(3, 5, 5)))
    assert beside.names[12:] == ("kernels 0", "kernels 1", "kernels 2")
    assert beside._hand_made[0]["shape"] == (5, 5)
    assert FilterGallery(GRAY, np.eye(3), hand_made=()).names == ("kernels 0",)


@pytest.mark.parametrize("size", [3, 5, 13])
def test_the_slope_of_a_step_is_the_same_at_every_size(size: int) -> None:
    step = np.zeros((20, 32))
    step[:, 16:] = 1
    gallery = FilterGallery(step, size=size)
    for name, values in (("Sobel x", 4.0), ("Sobel y", 0.0)):
        made = next(each for each in gallery._hand_made if each["name"] == name)
        kernel = np.reshape(made["values"], made["shape"])
        assert respond(step, kernel[None], 1, 64).max() == pytest.approx(values)


def test_hand_made_kernels_can_be_chosen() -> None:
    gallery = FilterGallery(GRAY, hand_made=["sobel", "motion_blur"], size=9)
    assert gallery.names == ("Sobel", "Motion blur")
    assert gallery.hand_made == ("sobel", "motion_blur")
    made = gallery._hand_made[0]
    np.testing.assert_array_equal(np.reshape(made["values"], made["shape"]), filters.sobel(9))
    gallery.size = 5
    assert gallery._hand_made[0]["shape"] == (5, 5)
    mine = {"mine": [[1, 0], [0, -1]], "yours": np.ones((1, 4))}
    for other in (FilterGallery(GRAY, mine), FilterGallery(GRAY, hand_made=mine)):
        assert other.names == ("mine", "yours")
        np.testing.assert_array_equal(other.hand_made["mine"], mine["mine"])
    gallery.hand_made = mine
    assert gallery.names == ("mine", "yours")
    assert FilterGallery(GRAY, ["gabor"]).names == ("Gabor",)


def test_a_recording_is_shown_at_its_playhead_and_its_page_says_when() -> None:
    live = watch(network(), probe=torch.zeros(1, 3, 8, 8))
    recording = live.record(every=1)
    for _ in range(3):
        live.tick()
    recording.close()
    live.close()
    gallery = FilterGallery(recording)
    assert gallery.names[12:] == tuple(f"0 {nth}" for nth in range(4))
    recording.replay.step = 2
    assert gallery._exhibit_().about.endswith("those of step 2; they stand still here.")


def test_what_is_set_reads_back() -> None:
    given: dict[str, Any] = {
        "palette": "PuOr",
        "present": True,
        "resolution": 64,
        "enlarged": 2,
        "size": 5,
        "sample": 0,
    }
    gallery = FilterGallery(GRAY, **given)
    assert {name: getattr(gallery, name) for name in given} == given
    gallery.enlarged = "Gaussian"
    assert gallery.enlarged == gallery.names.index("Gaussian")
    assert FilterGallery(GRAY, enlarged="Sobel y").enlarged == 1


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (GRAY, GRAY),
        (COLOR, COLOR),
        (COLOR.transpose(2, 0, 1), COLOR),
        (torch.tensor(GRAY[None]), GRAY),
        (np.uint8([[0, 51], [255, 102]]), [[0, 0.2], [1, 0.4]]),
        (np.array([[True, False]]), [[1, 0]]),
        (GRAY.tolist(), GRAY),
    ],
)
def test_a_picture_is_what_looks_like_one(given: Any, kept: Any) -> None:
    image = FilterGallery(given).image
    np.testing.assert_allclose(image, kept, atol=1e-6)
    assert image.dtype == np.float32
    assert not image.flags.writeable


@pytest.mark.parametrize(
    ("what", "settings", "words"),
    [
        ((np.zeros(5),), {}, r"\(rows, columns\)"),
        ((np.zeros((5, 5, 4)),), {}, r"not of shape \(5, 5, 4\)"),
        ((np.array([[np.nan]]),), {}, "nan_to_num"),
        (("cat.png",), {}, "array of numbers"),
        ((GRAY,), {"hand_made": ["sobol"]}, "no hand-made kernel 'sobol'; there are identity"),
        ((GRAY,), {"hand_made": "sobel"}, "list of names"),
        ((GRAY,), {"hand_made": ["scharr"], "size": 5}, "3×3"),
        ((GRAY,), {"hand_made": {"a": np.zeros(3)}}, "'a' is an array of finite numbers"),
        ((GRAY,), {"size": 4}, "odd"),
        ((GRAY,), {"size": 1}, "from 3"),
        ((GRAY,), {"enlarged": 12}, "one of 12 kernels"),
        ((GRAY,), {"enlarged": "Zobel"}, "no kernel 'Zobel'; there are Sobel x"),
        ((GRAY,), {"resolution": 2}, "from 8"),
        ((GRAY,), {"palette": "jet"}, "one of 'RdBu'"),
        ((GRAY, np.zeros((4, 8, 3, 3))), {}, r"reads 8 channels; .*kernels\[:, :1\]"),
        ((GRAY, np.zeros((4, 1, 3, 3, 3))), {}, "2-D convolutions"),
        ((GRAY, np.eye(3)), {"layer": "conv9"}, "no layer 'conv9'"),
    ],
)
def test_impossible_settings_say_what_is_possible(
    what: tuple[Any, ...], settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        FilterGallery(*what, **settings)


def test_unknown_settings_and_too_many_arguments_raise() -> None:
    with pytest.raises(TypeError, match="no control 'pallette'; did you mean 'palette'"):
        FilterGallery(GRAY, pallette="gray")
    with pytest.raises(TypeError, match="takes"):
        FilterGallery(GRAY, np.eye(3), None, 4)
    with pytest.raises(TypeError, match="twice"):
        FilterGallery(GRAY, image=GRAY)
    with pytest.raises(TypeError, match="a source or kernels"):
        FilterGallery(FakeSource(), kernels=np.eye(3))


def test_a_refused_setting_changes_nothing() -> None:
    gallery = FilterGallery(GRAY)
    before = gallery.get_state(["_hand_made", "enlarged"])
    for name, value in (("hand_made", ["nothing"]), ("size", 2), ("enlarged", 40)):
        with pytest.raises(ValueError, match=r"."):
            setattr(gallery, name, value)
    assert gallery.get_state(["_hand_made", "enlarged"]) == before


def test_the_fixture_is_current_and_holds_here() -> None:
    cases = json.loads(FIXTURE.read_text())
    assert cases == json.loads(json.dumps(build_cases()))
    for case in cases:
        picture, kernel, response = (
            np.reshape(case[name]["values"], case[name]["shape"])
            for name in ("picture", "kernel", "response")
        )
        found = respond(picture, kernel, case["dilation"], case["resolution"])
        np.testing.assert_allclose(found, response, atol=1e-6)


def test_averaging_keeps_the_mean_and_plain_surfaces() -> None:
    for shape in [(37, 20), (20, 37, 3), (5, 64)]:
        small = reduced(np.full(shape, 0.3), 16)
        assert max(small.shape[:2]) == 16
        np.testing.assert_allclose(small, 0.3)
    wide = RNG.random((10, 45))
    np.testing.assert_allclose(reduced(wide, 18).mean(), wide.mean())
    assert reduced(wide, 45) is not wide
    np.testing.assert_array_equal(reduced(wide, 100), wide)


def test_responses_are_those_of_the_layer_without_stride_and_bias() -> None:
    model = network()
    probe = torch.rand(2, 3, 12, 14)
    gallery = FilterGallery(watch(model, probe=probe), 0, sample=1)
    assert gallery.layer == "0"
    assert gallery._hand_made[0]["shape"] == (5, 5)
    answer = gallery.responses["0 2"]
    assert answer.shape == (12, 14)
    with torch.no_grad():
        inside = torch.nn.functional.conv2d(probe[1:], model[0].weight[2:3])[0, 0].numpy()
    np.testing.assert_allclose(answer[2:-2, 2:-2], inside, atol=1e-6)
    gallery.image = COLOR
    assert gallery.responses["Gaussian"].shape == COLOR.shape
    assert gallery.responses["Sobel x"].shape == GRAY.shape


def test_groups_read_their_channels_only() -> None:
    layer = torch.nn.Conv2d(3, 6, 3, groups=3, bias=False)
    gallery = FilterGallery(layer, image=COLOR, hand_made=())
    with torch.no_grad():
        inside = layer(torch.tensor(COLOR.transpose(2, 0, 1)[None], dtype=torch.float32))[0]
    for out in range(6):
        answer = list(gallery.responses.values())[out]
        np.testing.assert_allclose(answer[1:-1, 1:-1], inside[out].numpy(), atol=1e-6)


def test_only_layers_that_read_pictures_are_taken() -> None:
    model = network()
    with pytest.raises(ValueError, match="'2' reads 4 channels"):
        FilterGallery(model, "2")
    gallery = FilterGallery(model)
    with pytest.raises(ValueError, match="'2' reads 4 channels"):
        gallery.layer = "2"
    assert gallery.layer == "0"
    assert FilterGallery(COLOR, model, model[0]).names[-1] == "0 3"


def test_without_a_picture_there_are_no_responses_here() -> None:
    gallery = FilterGallery()
    assert gallery.image is None
    with pytest.raises(ValueError, match="set image="):
        _ = gallery.responses


def test_learned_kernels_come_as_frames_while_they_are_seen() -> None:
    source = FakeSource(shape=(5, 1, 3, 3))
    gallery = FilterGallery(source, image=GRAY)
    assert source.tick() == 0
    view = {"event": "visible", "view": "a", "parts": ["kernels", "probe"], "kernels": [0, 5, 0, 1]}
    gallery._handle_custom_msg(view, [])
    assert source.tick() == 1
    assert gallery._frame["kernels"]["outs"] == [0, 1, 2, 3, 4]
    assert gallery._frame["step"] == source.status.step
    gallery._handle_custom_msg({"event": "visible", "view": "a", "parts": []}, [])
    assert source.tick() == 0
    np.testing.assert_allclose(gallery.image, GRAY, atol=1e-6)
    gallery.close()
    assert source.subscribers == []


def test_the_page_may_set_what_people_set_there() -> None:
    gallery = FilterGallery(GRAY)
    numbers = np.float32([[0, 1, 0.5], [1, 0, 0.25]])
    picture = {"shape": [2, 3], "data": memoryview(numbers.tobytes())}
    gallery.set_state({"image": picture, "enlarged": 5, "palette": "gray", "present": True})
    np.testing.assert_array_equal(gallery.image, numbers)
    assert (gallery.enlarged, gallery.palette, gallery.present) == (5, "gray", True)
    gallery.set_state({"image": {"shape": [9, 9], "data": memoryview(numbers.tobytes())}})
    assert "cannot be read" in gallery._message
    np.testing.assert_array_equal(gallery.image, numbers)
    gallery.set_state({"image": None, "_hand_made": []})
    assert gallery.image is None
    assert len(gallery._hand_made) == 12


def test_a_picture_travels_as_its_shape_and_its_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    gallery = FilterGallery(GRAY)
    sent: list[tuple[Any, Any]] = []
    monkeypatch.setattr(
        FilterGallery, "_send", lambda _, message, buffers: sent.append((message, buffers))
    )
    gallery.image = GRAY[:2, :3]
    message, buffers = next(each for each in sent if "image" in each[0]["state"])
    assert message["state"]["image"] == {"shape": [2, 3]}
    assert message["buffer_paths"] == [["image", "data"]]
    np.testing.assert_array_equal(np.frombuffer(buffers[0], "<f4"), gallery.image.ravel())
    json.dumps(message)


def test_traits_are_those_of_the_contract() -> None:
    gallery = FilterGallery(COLOR, RNG.normal(size=(2, 3, 5, 5)))
    own = set(FilterGallery.class_trait_names(sync=True)) - set(
        anywidget.AnyWidget.class_trait_names(sync=True)
    )
    contract = typing.get_type_hints(Traits) | typing.get_type_hints(wire.GalleryTraits)
    assert own - {"_esm", "_data", "_probe_data"} <= set(contract)
    assert set(typing.get_type_hints(wire.GalleryTraits)) <= own
    state = gallery.get_state()
    assert state["image"].pop("data") == gallery.image.tobytes()
    for name in own & set(contract):
        msgspec.convert(msgspec.to_builtins(state[name]), contract[name])


def test_a_still_picture_stands_in_where_no_widget_can() -> None:
    gallery = FilterGallery(COLOR, RNG.normal(size=(3, 5, 5)))
    for place in (0, 14):
        gallery.enlarged = place
        data, _ = gallery._repr_mimebundle_()
        assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
        assert "3 kernels" in data["text/plain"]


def test_it_travels_with_all_that_the_page_needs() -> None:
    probe = torch.rand(1, 3, 12, 14)
    exhibit = FilterGallery(watch(network(), probe=probe), present=True)._exhibit_()
    assert (exhibit.entry, exhibit.source) == ("gallery", None)
    state = exhibit.state
    assert (state["_view"], state["layer"], state["present"]) == ("filter-gallery", "0", True)
    assert state["_frame"]["kernels"]["values"]["shape"] == [4, 3, 5, 5]
    assert state["_probe"]["values"]["shape"] == [3, 12, 14]
    assert len(state["_hand_made"]) == 12
    assert state["image"] is None
    alone = FilterGallery(GRAY, resolution=15)._exhibit_().state
    assert alone["_frame"]["kernels"] is None
    assert alone["image"]["shape"] == [10, 15]
    assert len(alone["image"]["data"]) == 4 * 10 * 15


def test_the_bundle_is_small() -> None:
    assert len(FilterGallery(GRAY)._esm.encode()) <= 60_000
