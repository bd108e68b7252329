from __future__ import annotations

import threading
import time
from json import loads
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kernelwidgets.wire import schema
from kernelwidgets.wire.commands import CommandError, parse_command
from kernelwidgets.wire.schema import AnyCommand
from kernelwidgets.wire.source import Request, Want
from tests.live.nets import Loop, until, watched
from tests.live.trainers import trainer

layers = st.sampled_from(["conv1", "conv9", "", "out", "conv1.weight", "\0"])
parameters = st.sampled_from(["weight", "bias"])
beyond = st.integers(144, 2**62)
outside = st.lists(beyond, min_size=1, max_size=3)
garbage: st.SearchStrategy[AnyCommand] = st.one_of(
    st.builds(
        lambda layer, cells, parameter: schema.Edit(
            layer=layer, cells=cells, values=[1.0] * len(cells), parameter=parameter
        ),
        layers,
        outside,
        parameters,
    ),
    st.builds(
        lambda n: schema.Edit(layer="conv1", cells=[0, 1], values=[0.0] * n),
        st.sampled_from([0, 3, 1000]),
    ),
    st.builds(
        lambda value: schema.Edit(layer="conv1", cells=[0], values=[value]),
        st.sampled_from([float("nan"), float("inf"), 1e300]),
    ),
    st.builds(lambda c: schema.Freeze(layer="conv2", cells=c), outside),
    st.builds(lambda c: schema.Revert(layer="conv2", cells=c), outside),
    st.builds(lambda out: schema.Mute(layer="conv1", out=out), beyond),
    st.just(schema.Redo()),
    st.just(schema.Undo()),
    st.just(schema.Restart(new_seed=True)),
    st.builds(
        lambda sample, pixels: schema.SetProbe(sample=sample, size=(2, 2, 1), pixels=pixels),
        beyond,
        st.lists(st.floats(0, 1), max_size=4),
    ),
    st.just(schema.SetProbe(sample_name="no such picture")),
)


def test_garbage_is_answered_with_an_error_and_changes_nothing() -> None:
    model, optimizer, live = watched(probe=torch.zeros(2, 1, 8, 8))
    with Loop(model, optimizer) as loop:
        until(lambda: live.step_count > 2)

        @settings(max_examples=60, deadline=None)
        @given(garbage)
        def refused(command: AnyCommand) -> None:
            at = live.pause().wait(30)
            before = {name: value.clone() for name, value in model.state_dict().items()}
            paused = live.submit(command)
            assert isinstance(paused.error, (ValueError, IndexError))
            assert all(
                torch.equal(before[name], value) for name, value in model.state_dict().items()
            )
            live.resume()
            with pytest.raises((ValueError, IndexError)):
                live.submit(command).wait(30)
            until(lambda: live.step_count > at)

        refused()
    assert loop.error is None
    assert live.status.undo == 0
    live.close()


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
ops = st.sampled_from(["edit", "freeze", "mute", "step", "set_speed", "set_probe", "explode", ""])


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "id": st.just("1") | json,
            "op": ops | json,
            "layer": st.just("conv1") | json,
            "cells": st.just([0]) | json,
            "values": st.just([float("nan")]) | json,
            "max_steps_per_s": json,
        },
    )
)
def test_what_a_page_may_send_is_a_valid_command_or_refused(content: dict[str, Any]) -> None:
    try:
        identifier, command = parse_command(content)
    except CommandError:
        return
    assert identifier
    assert isinstance(command, schema.Command)


@pytest.mark.parametrize("number", ["1e400", "-1e400", "NaN"])
@pytest.mark.parametrize(
    "fields",
    [
        '"op": "set_learning_rate", "learning_rate": {}',
        '"op": "set_speed", "max_steps_per_s": {}',
        '"op": "edit", "layer": "conv1", "cells": [0, 1], "values": [0.5, {}]',
        '"op": "edit", "layer": "conv1", "cells": [0], "values": [{}], "allow_nonfinite": true',
        '"op": "set_probe", "size": [1, 2, 1], "pixels": [{}, 0]',
        '"op": "step", "count": {}',
    ],
)
def test_a_page_sends_no_number_that_is_not_finite(fields: str, number: str) -> None:
    content = loads(f'{{"id": "1", {fields.format(number)}}}')
    with pytest.raises(CommandError):
        parse_command(content)


def test_the_field_that_is_not_finite_is_named() -> None:
    with pytest.raises(CommandError, match="learning_rate must be finite"):
        parse_command({"id": "1", "op": "set_learning_rate", "learning_rate": float("inf")})


def test_set_speed_step_and_learning_rate_go_through_submit() -> None:
    model, optimizer, live = watched()
    live.submit(schema.SetSpeed(max_steps_per_s=20.0)).wait(30)
    assert live.status.max_steps_per_s == 20
    live.submit(schema.SetSpeed(max_steps_per_s=None)).wait(30)
    live.submit(schema.SetLearningRate(learning_rate=0.25)).wait(30)
    assert optimizer.param_groups[0]["lr"] == 0.25
    optimizer.param_groups[0]["lr"] = torch.tensor(0.5)
    live.submit(schema.SetLearningRate(learning_rate=0.125)).wait(30)
    assert optimizer.param_groups[0]["lr"] == torch.tensor(0.125)
    optimizer.param_groups[0]["lr"] = 0.01
    with Loop(model, optimizer):
        until(lambda: live.step_count > 2)
        live.submit(schema.Pause()).wait(30)
        live.submit(schema.Step(count=2)).wait(30)
        until(lambda: live.status.state == "paused")
        live.submit(schema.Start()).wait(30)
    live.close()


def test_a_picture_from_the_page_becomes_the_probe() -> None:
    _, _, live = watched(probe=torch.arange(128.0).reshape(2, 1, 8, 8))
    live.submit(schema.SetProbe(sample=1, size=(4, 4, 1), pixels=[1.0] * 16)).wait(30)
    assert (live.probe[1] == 127).all()
    assert live.probe[0].max() == 63
    live.close()


def test_a_frame_says_by_its_moment_which_edits_it_holds() -> None:
    model, optimizer, live = watched()
    want = Want("weight", "conv1")
    frames, edits = [], []

    def take(count: int) -> None:
        request = Request(frozenset([want]))
        frames.extend(live.read(request) for _ in range(count))

    def edit(value: float) -> None:
        command = schema.Edit(layer="conv1", cells=[0], values=[value], gesture="one", hold=True)
        edits.append((live.submit(command), value))

    def settled() -> None:
        edits[-1][0].wait(5)

    edit(0.0)
    with Loop(model, optimizer):
        settled()
        reader = threading.Thread(target=take, args=[60])
        reader.start()
        while reader.is_alive():
            edit(len(edits) / 64)
            settled()
        reader.join()
    # At rest several of each follow one step.
    take(1)
    edit(-1.0)
    take(1)
    live.close()
    for frame in frames:
        held = [value for handle, value in edits if handle.moment < frame.moment]
        assert frame.arrays[want][0, 0, 0, 0] == held[-1]
    assert frames[-1].step == frames[-2].step


def test_a_gesture_holds_its_cells_until_it_is_released_or_silent() -> None:
    model, optimizer, live = watched()
    optimizer.param_groups[0]["weight_decay"] = 0.1
    hold = schema.Edit(layer="conv1", cells=[4], values=[2.0], gesture="g", hold=True)
    with Loop(model, optimizer):
        at = live.submit(hold).wait(30)
        until(lambda: live.step_count > at + 5)
        assert live.kernels("conv1")[0, 0, 1, 1] == 2
        live.submit(schema.Release(gesture="g")).wait(30)
        until(lambda: live.kernels("conv1")[0, 0, 1, 1] != 2)
        live.submit(hold).wait(30)
        until(lambda: live.kernels("conv1")[0, 0, 1, 1] != 2, seconds=5)
    live.close()


def test_every_command_is_told_whoever_gave_it():
    t = trainer()
    told = []
    leave = t.on_command(lambda step, command: told.append((step, command)))
    t.fit(3)
    t.edit("conv", np.s_[0, 0, 0, 0], 0.5, optimizer_state="keep")
    t.freeze(0, 0)
    t.mute("conv", 1)
    t.learning_rate = 0.5
    t.undo()
    t.edit("conv", 0, 0.1)
    with pytest.raises(ValueError, match="nothing to redo"):
        t.redo()
    t.submit(schema.Redo())
    leave()
    t.revert("conv")
    assert [(step, type(command).__name__) for step, command in told] == [
        (3, name) for name in ("Edit", "Freeze", "Mute", "SetLearningRate", "Undo", "Edit")
    ]
    edit = told[0][1]
    assert (edit.layer, list(edit.cells), list(edit.values)) == ("conv", [0], [0.5])
    assert edit.optimizer_state == "keep"


def test_a_lease_that_ran_out_is_told_as_a_release_of_the_step_before(monkeypatch):
    t = trainer()
    told = []
    t.on_command(lambda step, command: told.append((step, command)))
    t.fit(2)
    t.submit(schema.Edit(layer="conv", cells=[0], values=[1.0], gesture="g", hold=True))
    t.fit(2)
    later = time.monotonic() + 5
    monkeypatch.setattr(time, "monotonic", lambda: later)
    t.fit(1)
    assert told[1:] == [(4, schema.Release(gesture="g"))]
