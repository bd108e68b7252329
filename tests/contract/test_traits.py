"""The widgets speak the contract: the same traits, the same words, the same bytes."""

from __future__ import annotations

import typing

import anywidget
import msgspec
import numpy as np
import pytest

from kernelwidgets.widgets._base import View
from kernelwidgets.widgets.controls import Controls
from kernelwidgets.widgets.feature_maps import FeatureMaps
from kernelwidgets.widgets.kernel_editor import KernelEditor
from kernelwidgets.widgets.kernel_grid import KernelGrid
from kernelwidgets.widgets.lab import Lab
from kernelwidgets.widgets.loss_curve import LossCurve
from kernelwidgets.widgets.player import Player
from kernelwidgets.widgets.timeline import TimelineView
from kernelwidgets.wire import schema
from kernelwidgets.wire.arrays import unpack

VIEWS = [KernelGrid, FeatureMaps, KernelEditor, Controls, LossCurve, TimelineView, Lab, Player]
TRAITS = typing.get_type_hints(schema.Traits)
# Bytes are no JSON, so the schema does not hold them.
BYTES = {"_data", "_probe_data", "_tape_data", "_tape_grown"}
# A tape has a contract of its own.
OF_THE_TAPE = {"_tape", "_tape_names"}

each_view = pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)


def _own(view: type[View]) -> set[str]:
    return set(view.class_trait_names(sync=True)) - set(
        anywidget.AnyWidget.class_trait_names(sync=True)
    )


@each_view
def test_every_synced_trait_is_in_the_contract(view: type[View]) -> None:
    assert _own(view) - BYTES - {"_esm"} <= set(TRAITS) | OF_THE_TAPE


def test_every_trait_of_the_contract_has_a_view() -> None:
    assert set(TRAITS) == set.union(*map(_own, VIEWS)) - BYTES - OF_THE_TAPE - {"_esm"}


@each_view
def test_controls_are_the_traits_without_underscore(view: type[View]) -> None:
    assert set(view.controls()) == {name for name in _own(view) if not name.startswith("_")}


@each_view
def test_words_and_defaults_are_those_of_the_contract(view: type[View]) -> None:
    made = view(np.eye(3))
    for name in view.controls():
        words = typing.get_args(TRAITS[name])
        if typing.get_origin(TRAITS[name]) is typing.Literal:
            assert tuple(view.class_traits()[name].values) == words
            assert getattr(made, name) == words[0]
        value = msgspec.convert(msgspec.to_builtins(getattr(made, name)), TRAITS[name])
        assert value == getattr(made, name)


def test_each_view_has_the_name_that_the_page_knows() -> None:
    # A player is a Lab with a clock.
    names = [view(np.eye(3))._view for view in VIEWS if view is not Player]
    assert sorted(names) == sorted(typing.get_args(schema.ViewName))


@each_view
def test_state_is_of_the_contract(view: type[View]) -> None:
    made = view(np.arange(36.0).reshape(2, 2, 3, 3))
    state = made.get_state()
    for name in set(TRAITS) & set(state):
        msgspec.convert(msgspec.to_builtins(state[name]), TRAITS[name])


def test_frame_holds_the_very_values() -> None:
    kernels = np.random.default_rng(0).normal(size=(4, 2, 3, 3)).astype(np.float32)
    grid = KernelGrid(kernels)
    part = msgspec.convert(grid._frame, schema.FrameHeader).kernels
    assert part is not None
    assert part.values is not None
    np.testing.assert_array_equal(unpack(part.values, grid._data), kernels)
    assert part.outs == [0, 1, 2, 3]
    assert part.ins == (0, 2)


def test_large_layer_travels_in_few_bytes_and_its_selected_kernel_exactly() -> None:
    kernels = np.random.default_rng(0).normal(size=(512, 512, 3, 3)).astype(np.float32)
    lab = Lab(kernels, selected=(400, 300))
    frame = msgspec.convert(lab._frame, schema.FrameHeader)
    assert len(lab._data) <= 160_000
    assert frame.selected is not None
    np.testing.assert_array_equal(unpack(frame.selected.values, lab._data), kernels[400, 300])
