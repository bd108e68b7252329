"""In a real kernel: where output goes, when a cell's loop is over, what a blocking cell can do."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from jupyter_client.manager import start_new_kernel

ROOT = Path(__file__).parents[2]
SETUP = """
    import os, sys, threading, time
    sys.path.insert(0, {root!r})
    import torch
    torch.set_num_threads(1)
    from kernelwidgets.live import watch, StopTraining
    from tests.live.nets import SmallNet, step, watched
"""


class Kernel:
    """Runs cells and sorts what they bring by the cell that it appears under."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.output: dict[str, str] = {}

    def start(self, code: str) -> str:
        return str(self._client.execute(textwrap.dedent(code)))

    def wait(self, cell: str) -> None:
        while True:
            message = self._client.get_iopub_msg(timeout=60)
            self._sort(message)
            if (
                message["msg_type"] == "status"
                and message["content"]["execution_state"] == "idle"
                and message["parent_header"].get("msg_id") == cell
            ):
                return

    def settle(self, seconds: float = 0.6) -> None:
        while True:
            try:
                self._sort(self._client.get_iopub_msg(timeout=seconds))
            except Empty:
                return

    def _sort(self, message: dict[str, Any]) -> None:
        cell = message["parent_header"].get("msg_id", "")
        content = message["content"]
        if message["msg_type"] == "stream":
            self.output[cell] = self.output.get(cell, "") + content["text"]
        elif message["msg_type"] == "error":
            self.output[cell] = (
                self.output.get(cell, "") + f"{content['ename']}: {content['evalue']}"
            )

    def run(self, code: str) -> str:
        cell = self.start(code)
        self.wait(cell)
        return self.output.get(cell, "").strip()


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        kernel = Kernel(client)
        assert kernel.run(SETUP.format(root=str(ROOT))) == ""
        yield kernel
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_what_a_run_prints_appears_under_the_cell_that_launched_it(kernel: Kernel) -> None:
    kernel.run("model, optimizer, live = watched()")
    launch = kernel.start("""
        from tqdm import tqdm
        go = threading.Event()
        def train():
            for i in tqdm(range(3), mininterval=0):
                step(model, optimizer)
                print("step", i)
                go.wait(30)
        run = live.run(train)
    """)
    kernel.wait(launch)
    assert kernel.run("print('another cell')") == "another cell"
    assert kernel.run("go.set(); run.join(30); print(live.status.text)") == (
        "finished after 3 steps"
    )
    kernel.settle()
    assert "step 0" in kernel.output[launch]
    assert "step 2" in kernel.output[launch]
    assert "3/3" in kernel.output[launch]


def test_when_the_cell_is_over_so_is_its_loop(kernel: Kernel) -> None:
    kernel.run("""
        model, optimizer, live = watched()
        for _ in range(3):
            step(model, optimizer)
    """)
    assert (
        kernel.run("""
        print(live.status.text)
        steps = []
        hand = threading.Thread(target=lambda: steps.append(live.edit("conv1", 0, 1.0).wait(30)))
        hand.start(); hand.join(); print(steps)
    """)
        == "finished after 3 steps\n[3]"
    )


def test_an_error_in_the_loop_is_shown(kernel: Kernel) -> None:
    said = kernel.run("""
        model, optimizer, live = watched()
        step(model, optimizer)
        next(iter([]))
    """)
    assert said.startswith("StopIteration")
    assert kernel.run("print(live.status.state, live.status.error)") == "failed StopIteration:"


def test_an_interrupted_loop_is_over(kernel: Kernel) -> None:
    said = kernel.run("""
        import signal
        model, optimizer, live = watched()
        threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        while True:
            step(model, optimizer)
    """)
    assert said.startswith("KeyboardInterrupt")
    assert kernel.run("print(live.status.state); live.edit('conv1', 0, 1.0).wait(0)") == "finished"


def test_a_blocking_cell_says_how_to_get_live_edits(kernel: Kernel) -> None:
    hint = kernel.run("""
        model, optimizer, live = watched()
        step(model, optimizer)
        print(live.status.hint)
    """)
    assert hint == (
        "This cell blocks the notebook, so edits wait for its end; "
        "run it as live.run(train) to edit while it trains."
    )
    assert kernel.run("print(repr(live.status.hint))") == "''"


def test_a_cell_that_awaits_does_not_block(kernel: Kernel) -> None:
    assert (
        kernel.run("""
        import asyncio
        model, optimizer, live = watched()
        async def train():
            for _ in range(3):
                step(model, optimizer)
                await asyncio.sleep(0)
            print(repr(live.status.hint), live.status.state)
        await train()
    """)
        == "'' running"
    )
    assert kernel.run("print(live.status.state)") == "finished"


def test_a_run_has_no_hint(kernel: Kernel) -> None:
    assert (
        kernel.run("""
        model, optimizer, live = watched()
        def train():
            step(model, optimizer)
            return live.status.hint
        print(repr(live.run(train).result(30)))
    """)
        == "''"
    )


def test_a_blocking_cell_cannot_be_paused_but_stopped(kernel: Kernel) -> None:
    said = kernel.run("""
        model, optimizer, live = watched()
        handles = []
        threading.Timer(0.3, lambda: handles.append(live.pause())).start()
        deadline = time.time() + 10
        while not handles and time.time() < deadline:
            step(model, optimizer)
        for _ in range(3):
            step(model, optimizer)
        print(handles[0].error)
        live.pause()
    """)
    assert said.count("run the loop as live.run(train), then it can be paused") == 2
    assert "CommandError" in said
    said = kernel.run("""
        model, optimizer, live = watched()
        threading.Timer(0.3, live.stop).start()
        while True:
            step(model, optimizer)
    """)
    assert said.startswith("StopTraining")
    assert kernel.run("print(live.status.state)") == "finished"


def test_closing_takes_off_what_hangs_on_the_notebook(kernel: Kernel) -> None:
    assert (
        kernel.run("""
        callbacks = get_ipython().events.callbacks["post_run_cell"]
        before = len(callbacks)
        for _ in range(5):
            live = watch(model, optimizer)
        live.close()
        print(len(callbacks) - before <= 0)
    """)
        == "True"
    )
