from __future__ import annotations

import contextvars
import threading

import pytest
import torch

from kernelwidgets.live import StopTraining
from kernelwidgets.wire import schema
from tests.live.nets import Viewer, step, train, until, watched


def test_a_function_runs_in_the_background_and_gives_its_value() -> None:
    model, optimizer, live = watched()
    viewer = Viewer("weight", curves=True)
    live.subscribe(viewer)
    run = live.run(train, live, model, optimizer, steps=50)
    assert run.result(20) == 50
    assert run.done
    assert live.status.text == "finished after 50 steps"
    assert viewer.frames[-1].step == 50
    assert viewer.statuses[-1].state == "finished"
    live.close()


def test_what_it_raises_is_shown_and_raised_by_join() -> None:
    model, optimizer, live = watched()

    def fail() -> None:
        step(model, optimizer)
        raise KeyError("no more data")

    run = live.run(fail)
    with pytest.raises(KeyError, match="no more data"):
        run.join(30)
    assert live.status.state == "failed"
    assert live.status.error == "KeyError: 'no more data'"
    live.edit("conv1", 0, 1.0)
    live.run(train, live, model, optimizer, 2).join(30)
    assert live.status.error == ""
    live.close()


def test_it_can_be_stopped_and_join_is_quiet() -> None:
    model, optimizer, live = watched()
    run = live.run(train, live, model, optimizer, 10**9)
    until(lambda: live.step_count > 3)
    with pytest.raises(TimeoutError, match="still running"):
        run.join(0.01)
    live.stop().wait(30)
    assert run.result(30) is None
    assert live.status.state == "finished"
    live.close()


def test_a_call_instead_of_a_function_is_refused() -> None:
    model, optimizer, live = watched()
    with pytest.raises(TypeError, match=r"pass train, not train\(\)"):
        live.run(train(live, model, optimizer, 1))

    async def later() -> None: ...

    with pytest.raises(TypeError, match=r"a coroutine: await train\(\) in a cell, or"):
        live.run(later)
    coroutine = later()
    with pytest.raises(TypeError, match=r"a coroutine: await train\(\) in a cell, or"):
        live.run(coroutine)
    coroutine.close()
    live.close()


def test_a_second_run_is_refused_while_one_runs() -> None:
    model, optimizer, live = watched()
    run = live.run(train, live, model, optimizer, 10**9)
    with pytest.raises(RuntimeError, match=r"live\.stop\(\)"):
        live.run(train, live, model, optimizer, 1)
    live.stop()
    run.join(30)
    live.close()


def test_commands_reach_a_run_before_its_first_step() -> None:
    model, optimizer, live = watched()
    go_on = threading.Event()

    def late() -> None:
        go_on.wait(30)
        train(live, model, optimizer, 3)

    run = live.run(late)
    handle = live.edit("conv1", 0, 1.0)
    assert not handle.done
    go_on.set()
    assert handle.wait(30) == 1
    run.join(30)
    live.close()


def test_the_callers_modes_and_context_go_with_it() -> None:
    _, _, live = watched()
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable")
    variable.set("mine")

    def look() -> dict[str, object]:
        return {
            "device": torch.get_default_device(),
            "grad": torch.is_grad_enabled(),
            "autocast": torch.is_autocast_enabled("cpu") and torch.get_autocast_dtype("cpu"),
            "dtype": torch.get_default_dtype(),
            "variable": variable.get(),
        }

    torch.set_default_dtype(torch.float64)
    try:
        with (
            torch.device("meta"),
            torch.no_grad(),
            torch.autocast("cpu", dtype=torch.float16),
        ):
            here = look()
            there = live.run(look).result(30)
    finally:
        torch.set_default_dtype(torch.float32)
    assert there == here
    assert there["device"] == torch.device("meta")
    live.close()


def test_a_stop_inside_the_function_ends_the_run_quietly() -> None:
    _, _, live = watched()

    def leave() -> None:
        raise StopTraining

    assert live.run(leave).result(30) is None
    assert live.status.state == "finished"
    live.close()


def test_a_run_and_what_it_is_told_say_how_they_are() -> None:
    model, optimizer, live = watched()
    go_on = threading.Event()

    def patient() -> None:
        go_on.wait(30)
        train(live, model, optimizer, 1)

    def hasty() -> None:
        raise KeyError("data")

    run = live.run(patient)
    handle = live.edit("conv1", 0, 1.0)
    assert repr(run) == "<Run of patient: running>"
    assert repr(handle) == "<Handle: waiting>"
    with pytest.raises(TimeoutError, match=r"within 0\.01 s"):
        handle.wait(0.01)
    go_on.set()
    run.join(30)
    assert repr(run) == "<Run of patient: has ended>"
    assert repr(handle) == "<Handle: applied at step 1>"
    failed = live.run(hasty)
    with pytest.raises(KeyError):
        failed.join(30)
    assert repr(failed) == "<Run of hasty: failed: KeyError: 'data'>"
    refused = live.submit(schema.Redo())
    assert repr(refused) == "<Handle: refused: there is nothing to redo>"
    live.close()
