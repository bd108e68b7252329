"""The gradient of a kernel from the user's side: controls, numbers, the step, what is missing."""

from __future__ import annotations

import base64
import gc
import threading
import typing
import weakref
from typing import Any

import anywidget
import msgspec
import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

import kernelwidgets as kw
from kernelwidgets.widgets.gradient import KernelGradient
from kernelwidgets.wire import gradient as wire
from kernelwidgets.wire.arrays import unpack
from tests.widgets.fakes import FakeSource

X, Y = torch.linspace(-1, 1, 4 * 3 * 8 * 7).reshape(4, 3, 8, 7).sin(), torch.tensor([0, 1, 1, 0])


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, stride=2, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(inplace=True),
        nn.Conv2d(4, 2, (3, 2), bias=False),
        nn.Flatten(),
        nn.Linear(12, 2),
    )


def watched(**options: Any) -> Any:
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    return kw.watch(model, optimizer, loss=F.cross_entropy, probe=(X, Y), **options)


def frame(view: KernelGradient) -> wire.GradientFrame:
    return msgspec.convert(view._gradient, wire.GradientFrame)


def test_the_gradient_is_autograds_and_the_products_add_up_to_it() -> None:
    live = watched(classes=["no", "yes"])
    view = KernelGradient(live, "3", (1, 2), cell=(2, 1))
    model = live.model
    loss = F.cross_entropy(model(X), Y)
    (theirs,) = torch.autograd.grad(loss, model[3].weight)
    np.testing.assert_allclose(view.gradient, theirs[1, 2], rtol=1e-5, atol=1e-8)
    assert view.loss == pytest.approx(loss.item(), rel=1e-6)
    assert view.products.shape == (4, 2, 3)
    assert view.products.sum() == pytest.approx(view.gradient[2, 1], rel=1e-5)
    view.sample = 3
    share = view.products.sum()
    assert view.products.shape == (1, 2, 3)
    assert unpack(frame(view).shares, view._data)[3, 2, 1] == pytest.approx(share, rel=1e-5)
    assert frame(view).samples == ["no", "yes", "yes", "no"]
    assert frame(view).text == "the 4 probe pictures"
    assert frame(view).rest is None
    assert all(parameter.grad is None for parameter in model.parameters())


def test_controls_read_back_and_what_is_not_there_is_refused() -> None:
    view = KernelGradient(watched(), layer=-1, kernel=(1, 3), sample=2, learning_rate=1)
    assert (view.layer, view.kernel, view.cell) == ("3", (1, 3), (0, 0))
    assert (view.sample, view.learning_rate) == (2, 1.0)
    view.cell = [2, 1]
    view.layer = "0"
    assert (view.kernel, view.cell) == ((0, 0), (2, 1))
    view.layer = 1
    assert view.layer == "3"
    for name, value, text in (
        ("layer", "conv9", "no layer 'conv9'"),
        ("kernel", (2, 0), "'3' has 2 × 4, so not"),
        ("kernel", 1, "kernel is .filter, input."),
        ("cell", (3, 0), "'3' has 3 × 2"),
        ("cell", "a", "cell of the kernel"),
        ("sample", 4, "'all' or one of 4"),
        ("sample", True, "'all' or one of 4"),
        ("learning_rate", 0, "positive number or None"),
    ):
        before = getattr(view, name)
        with pytest.raises(ValueError, match=text):
            setattr(view, name, value)
        assert getattr(view, name) == before
    with pytest.raises(TypeError, match="did you mean 'sample'"):
        KernelGradient(watched(), samples=3)
    with pytest.raises(ValueError, match="ConvTranspose2d; KernelGradient shows 1-D and 2-D"):
        KernelGradient(nn.ConvTranspose2d(1, 1, 3), "conv_transpose")


def test_another_kernel_is_shown_when_it_comes() -> None:
    live = watched()
    view = KernelGradient(live)
    first = view.gradient
    view.kernel = (3, 2)
    view.follow(live.read(view.wanted()))
    assert frame(view).kernel == (3, 2)
    assert frame(view).first == (3 * 3 + 2) * 9
    assert not np.allclose(view.gradient, first)


def test_a_frame_of_the_kernel_before_may_still_be_on_its_way() -> None:
    source = FakeSource()
    view = KernelGradient(source, kernel=(3, 1))
    late = source.read(view.wanted())
    view.kernel = (0, 0)
    view.follow(late)
    assert frame(view).kernel == (3, 1)
    assert source.wakes == 1
    view.follow(source.read(view.wanted()))
    assert frame(view).kernel == (0, 0)


def test_a_step_is_the_plain_one_and_can_be_taken_back() -> None:
    live = watched()
    view = KernelGradient(live, "0", (1, 2))
    before, gradient, loss = live.kernels("0"), view.gradient, view.loss
    assert view._rate == 0.05
    assert view._by_hand
    view.step().wait(30)
    after = live.kernels("0")
    np.testing.assert_allclose(after[1, 2], before[1, 2] - 0.05 * gradient, atol=1e-7)
    after[1, 2] = before[1, 2]
    np.testing.assert_array_equal(after, before)
    view.follow(live.read(view.wanted()))
    assert view.loss < loss
    live.undo()
    view.learning_rate = 0.5
    view.follow(live.read(view.wanted()))
    view.step().wait(30)
    np.testing.assert_allclose(live.kernels("0")[1, 2], before[1, 2] - 0.5 * gradient, atol=1e-6)


def test_a_step_from_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    news, answers = threading.Event(), []
    monkeypatch.setattr(
        KernelGradient, "send", lambda _, content: (answers.append(content), news.set())
    )
    live = watched()
    view = KernelGradient(live, "0", (1, 2))
    first = frame(view).first
    edit = {"id": "a", "op": "edit", "layer": "0", "cells": [first + 4], "values": [7.0]}
    view._handle_custom_msg(edit, [])
    assert news.wait(30)
    assert answers[0]["answer"]["ok"]
    assert live.kernels("0")[1, 2, 1, 1] == 7
    view._handle_custom_msg({"event": "sneeze"}, [])
    assert "cannot be read" in view._message
    view._handle_custom_msg({"event": "page_error", "view": "x", "text": "it broke"}, [])
    assert view._message == "it broke"


def test_what_is_missing_is_said() -> None:
    view = KernelGradient(network())
    assert "kw.watch(model, optimizer, loss=" in frame(view).missing
    assert frame(view).weight is not None
    for wish in ("gradient", "loss", "products"):
        with pytest.raises(ValueError, match="no loss"):
            getattr(view, wish)
    with pytest.raises(ValueError, match="no loss"):
        view.step()
    arrays = KernelGradient(np.eye(3))
    assert "show the network itself" in frame(arrays).missing
    past = KernelGradient(kw.demo("peak").record(steps=2))
    assert "trainer.restore(recording, step)" in frame(past).missing
    with pytest.raises(ValueError, match="show the trainer"):
        kw.export_html(past, "page.html")


def test_other_uses_of_the_weight_are_shown_apart() -> None:
    view = kw.KernelGradient(kw.demo("gabors"), cell=(3, 4))
    rest = unpack(frame(view).rest, view._data)
    whole = view.products.sum() + rest[3, 4]
    assert whole == pytest.approx(view.gradient[3, 4], rel=1e-4)
    assert np.abs(rest).max() > 1e-4


def test_signals() -> None:
    trainer = kw.demo("peak")
    view = KernelGradient(trainer, kernel=(5, 0))
    assert view.cell == (0,)
    view.cell = 2
    assert view.cell == (2,)
    assert view.products.shape == (16, 30)
    assert view.products.sum() == pytest.approx(view.gradient[2], rel=1e-4, abs=1e-7)


def test_too_much_is_sent_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernelwidgets.widgets.gradient_parts.MOST_NUMBERS", 100)
    view = KernelGradient(watched(), "0")
    assert frame(view).shown == []
    assert frame(view).inputs is None
    view.sample = 2
    assert frame(view).shown == [2]
    assert frame(view).inputs.shape == [1, 10, 9]
    assert unpack(frame(view).shares, view._data).shape == (4, 3, 3)


def test_it_follows_a_run_at_its_leisure() -> None:
    source = FakeSource()
    view = KernelGradient(source)
    follower = view._follower
    assert not view._by_hand
    assert follower.every_s >= 0.25
    view._repr_mimebundle_()
    assert source.tick() == 1
    assert source.tick() == 0
    view._handle_custom_msg({"event": "visible", "view": "a", "parts": []}, [])
    assert follower.request() is None
    view._handle_custom_msg({"event": "visible", "view": "a", "parts": ["selected"]}, [])
    assert follower.request() == view.wanted()
    source.become("paused")
    assert view._by_hand
    view.close()
    assert source.subscribers == []


def test_one_that_nobody_holds_goes() -> None:
    source = FakeSource()
    view = KernelGradient(source)
    gone = weakref.ref(view)
    view.close()
    del view
    gc.collect()
    assert gone() is None


def test_traits_are_those_of_the_contract() -> None:
    hints = typing.get_type_hints(wire.GradientTraits, include_extras=True)
    own = set(KernelGradient.class_trait_names(sync=True)) - set(
        anywidget.AnyWidget.class_trait_names(sync=True)
    )
    assert own - {"_esm", "_message", "_data"} == set(hints)
    assert set(KernelGradient.controls()) == {name for name in hints if name[0] != "_"}
    for view in (
        KernelGradient(watched()),
        KernelGradient(np.eye(3)),
        KernelGradient(watched(), sample=1),
    ):
        state = view.get_state()
        for name in hints:
            msgspec.convert(msgspec.to_builtins(state[name]), hints[name])


def test_hosts_without_widgets_get_a_picture() -> None:
    data, _ = KernelGradient(watched(), kernel=(1, 0))._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert data["text/plain"] == "KernelGradient: kernel 0 of filter 1 of 0, step 0"


def test_the_bundle_is_small() -> None:
    assert len(KernelGradient(np.eye(3))._esm.encode()) <= 60_000


def test_it_travels_as_it_stands() -> None:
    view = KernelGradient(watched(), cell=(1, 1))
    exhibit = view._exhibit_()
    assert exhibit.entry == "gradient"
    assert exhibit.state["cell"] == (1, 1)
    assert exhibit.state["_gradient"] == view._gradient
    assert exhibit.state["_data"] == view._data
    # What needs the network is not offered.
    assert exhibit.state["_layers"] == []
    assert not exhibit.state["_by_hand"]
    assert exhibit.left_out
