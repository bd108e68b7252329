"""The convolution explorer on a network: it follows, edits, and lets go."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
import torch

from kernelwidgets.live import watch
from kernelwidgets.widgets.explorer import ConvolutionExplorer
from tests.widgets.fakes import FakeSource
from tests.widgets.test_explorer import Page


def small_network() -> torch.nn.Module:
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3, stride=2, padding=1, padding_mode="reflect"),
        torch.nn.ReLU(),
        torch.nn.Conv2d(4, 2, (3, 2), bias=False),
    )


def test_a_layer_of_a_network() -> None:
    network, probe = small_network(), torch.rand(2, 3, 9, 8)
    live = watch(network, probe=probe)
    explorer = ConvolutionExplorer(live, 0, 2)
    assert (explorer.stride, explorer.padding, explorer.padding_mode) == ((2, 2), (1, 1), "reflect")
    with torch.no_grad():
        theirs = network[0](probe)[0, 2].numpy()
    np.testing.assert_allclose(explorer.output[0], theirs, atol=1e-6)
    one = ConvolutionExplorer(network, network[2], (1, 3))
    np.testing.assert_array_equal(one.kernel[0, 0], network[2].weight[1, 3].detach().numpy())
    assert "reads other maps" in one._live["text"]
    with pytest.raises(ValueError, match="no layer 'conv9'"):
        ConvolutionExplorer(live, "conv9")
    with pytest.raises(ValueError, match="4 × 3"):
        ConvolutionExplorer(live, 0, 4)
    with pytest.raises(ValueError, match="1-D and 2-D"):
        ConvolutionExplorer(torch.nn.ConvTranspose2d(1, 1, 3))


def test_an_edited_cell_reaches_the_network_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    page, network = Page(monkeypatch), small_network()
    live = watch(network, probe=torch.rand(2, 3, 9, 8))
    explorer = ConvolutionExplorer(live, 0, (2, 1))
    cell = explorer._live["first"] + 5
    edit = {"id": "a", "op": "edit", "layer": "0", "cells": [cell], "values": [7.0]}
    explorer._handle_custom_msg(edit, [])
    assert page.news.wait(30)
    assert page.answers[0]["ok"]
    assert network[0].weight[2, 1, 1, 2].item() == 7
    follower = explorer._follower
    assert follower is not None
    follower.deliver(live.read(follower._request))
    assert explorer.kernel[0, 0, 1, 2] == 7


def test_the_kernel_follows_a_run_and_the_users_picture_stays() -> None:
    source = FakeSource()
    explorer = ConvolutionExplorer(source, kernel=1)
    follower = explorer._follower
    assert follower is not None
    assert source.tick() == 0
    explorer._repr_mimebundle_()
    assert source.tick() == 1
    np.testing.assert_allclose(explorer.kernel[0], source.weights[1])
    mine = np.random.default_rng(1).normal(size=(2, 6, 6))
    explorer.image = mine
    explorer.set_state({"padding": "same", "stride": 2})
    source.tick(last=True)
    np.testing.assert_array_equal(explorer.image, mine)
    np.testing.assert_allclose(explorer.kernel[0], source.weights[1])
    explorer._handle_custom_msg({"event": "visible", "view": "a", "parts": []}, [])
    assert follower.request() is None
    explorer._handle_custom_msg({"event": "visible", "view": "a", "parts": ["selected"]}, [])
    assert follower.request() is not None


def test_closing_leaves_the_network() -> None:
    source = FakeSource()
    explorer = ConvolutionExplorer(source)
    assert len(source.subscribers) == 1
    explorer.close()
    assert source.subscribers == []


def test_an_explorer_that_nobody_holds_goes() -> None:
    source = FakeSource()
    explorer = ConvolutionExplorer(source)
    gone = weakref.ref(explorer)
    explorer.close()
    del explorer
    gc.collect()
    assert gone() is None
