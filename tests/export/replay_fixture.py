"""A small recording, its tape, and what Python would send a page of it, for the page's own tests.

`python -m tests.export.replay_fixture` writes the file anew, which is only needed when the format
gets a new version: a tape of version 1 is to open for ever.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from kernelwidgets.export.tape import encode
from kernelwidgets.recording import Recording
from kernelwidgets.widgets._plan import Choice, Plan
from kernelwidgets.widgets._shown import Shown
from kernelwidgets.wire.array_source import ArraySource
from kernelwidgets.wire.arrays import Packer
from kernelwidgets.wire.schema import Guess, LayerInfo
from kernelwidgets.wire.source import Frame, Want

FILE = Path(__file__).parents[1] / "fixtures" / "tape_v1.json"
FRAMES = 70


def recording() -> Recording:
    """Two layers that drift, jump once, and outgrow their colors; the first reads a picture."""
    rng = np.random.default_rng(7)
    now = {
        "conv1.weight": rng.normal(size=(4, 3, 3, 3)) / 9,
        "conv1.bias": rng.normal(size=4) / 9,
        "conv2.weight": rng.normal(size=(5, 4, 3, 3)) / 9,
    }
    info = ArraySource(now, title="Net").info
    first, second = info.layers
    reading = msgspec.structs.replace(first, reads_image=True, padding=[(1, 1), (0, 1)])
    info = msgspec.structs.replace(info, layers=[reading, second], samples=["stripes", "noise"])
    probe = np.stack([np.indices((3, 6, 7)).sum(axis=0) % 3 / 2, rng.random((3, 6, 7))])
    held = Recording.begin(
        info, gradients=True, probe=probe.astype(np.float32), probe_range=(0.0, 1.0)
    )
    for index in range(FRAMES):
        jump = 0.4 if index == 20 else 0.004 * (1 + index / 20)
        now = {name: each + rng.normal(size=each.shape) * jump for name, each in now.items()}
        arrays: dict[Want, Any] = {
            Want("weight", "conv1"): now["conv1.weight"],
            Want("bias", "conv1"): now["conv1.bias"],
            Want("weight", "conv2"): now["conv2.weight"],
        }
        if index:
            arrays[Want("gradient", "conv1")] = rng.normal(size=(4, 3, 3, 3))
        guesses = (Guess(label="cat", share=0.6), Guess(label="dog", share=0.4))
        answers = (guesses, guesses[::-1] if index % 2 else ())
        as_stored = {want: values.astype(np.float32) for want, values in arrays.items()}
        held.add(Frame(3 * index, as_stored, answers=answers), index / 30)
        held.add_metrics(3 * index, {"loss": 1 / (1 + index)})
    return held


def cases(held: Recording) -> Iterator[dict[str, Any]]:
    """Controls, a step, and the frame that a live view of that moment would get."""
    parts = frozenset({"kernels", "selected", "answers", "probe"})
    first, second = held.source_info.layers
    for step in (0, 60, 63, 207):
        yield _case(held, step, first, Choice(selected=(2, 1)), parts)
        yield _case(held, step, second, Choice(selected=(4, 3), show="change", sort="norm"), parts)
        yield _case(held, step, first, Choice(show="gradient", sample=1), parts)
        yield _case(held, step, second, Choice(sort="change"), parts | {"maps"})


def _case(
    held: Recording, step: int, layer: LayerInfo, choice: Choice, parts: frozenset[Any]
) -> dict[str, Any]:
    moment = held.at(step)
    plan = Plan(layer, choice, Shown(parts), None, touchable=False)
    if plan.sorter is not None:
        plan = plan.sorted_by(plan.ordered(moment.read(plan.request)))
    frame = moment.read(plan.request)
    packer = Packer()
    header = msgspec.to_builtins(plan.pack(frame, 1, packer))
    # A page counts by itself.
    del header["moment"]
    return {
        "at": step,
        "layer": layer.name,
        "choice": {
            name: getattr(choice, name) for name in ("selected", "show", "sort", "stage", "sample")
        },
        "parts": sorted(parts),
        "order": plan.whole_order,
        "header": header,
        "data": _text(packer.bytes()),
    }


def _text(data: bytes) -> str:
    return b64encode(data).decode("ascii")


def write() -> None:
    """Write the file."""
    held = recording()
    tape = encode(held)
    fixture = {
        "header": msgspec.to_builtins(tape.header),
        "data": _text(tape.data),
        "cases": list(cases(held)),
    }
    FILE.write_text(json.dumps(fixture, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
