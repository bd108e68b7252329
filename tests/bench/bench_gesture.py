"""How long a hand waits: for the cell that it drags, and for the network's word that it took it."""

from __future__ import annotations

import random
import re
import statistics
import time
from collections.abc import Iterator
from typing import Any

from tests.bench._figures import Effort, Figure, at_most, percentile
from tests.bench._page import notebook
from tests.browser.hands import button, cell, take
from tests.browser.harness import LabPage

CELLS = [
    "import torch, kernelwidgets as kw\ntorch.set_num_threads(1)",
    "trainer = kw.demo('digits')\ntrainer.max_steps_per_s = None\ntrainer",
]
PAUSE_S = (0.08, 0.2)
MOVES_PER_DRAG = 8
# What goes over the wire: when an edit left, and when its answer came.
LISTEN = """
window.wire = { edits: [], answers: [] };
const text = data => new TextDecoder().decode(data);
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
  if (!this.heard) {
    this.heard = true;
    this.addEventListener("message", ({ data }) => {
      if (data.byteLength > 4000) return;
      const found = /"answer": *{"id": *"([^"]+)", *"ok": *(true|false)/.exec(text(data));
      if (!found) return;
      wire.answers.push({ id: found[1], ok: found[2] === "true", at: performance.now() });
    });
  }
  if (data.byteLength < 4000) {
    const found = /"content": *{"id": *"([^"]+)", *"op": *"edit"/.exec(text(data));
    if (found) wire.edits.push({ id: found[1], at: performance.now() });
  }
  return send.call(this, data);
};
"""
# Each move of the pointer: when it happened, and with how many display frames it was painted.
WATCH = """editor => {
  window.moves = [];
  const look = () => [
    editor.querySelector("[role=spinbutton][tabindex='0']").outerHTML,
    editor.querySelector("canvas[aria-label^='Its map of']").toDataURL(),
  ];
  let before = look();
  editor.addEventListener("pointerdown", () => requestAnimationFrame(() => (before = look())));
  editor.addEventListener("pointermove", event => {
    if (event.buttons === 0) return;
    const move = { at: event.timeStamp, frames: null, ms: null };
    moves.push(move);
    let frames = 0;
    const check = () => {
      frames += 1;
      const now = look();
      if (now.every((picture, i) => picture !== before[i])) {
        Object.assign(move, { frames, ms: performance.now() - event.timeStamp });
        before = now;
      } else if (frames < 30) requestAnimationFrame(check);
    };
    // Asked for after the view has asked: it runs after the view's in the same display frame.
    requestAnimationFrame(check);
  });
}"""
COUNT_STEPS = "print(trainer.step_count)"


def drag_about(page: LabPage, seconds: float) -> None:
    """Drag cells of the kernel up and down, in no step with training."""
    editor = page.page.locator('[data-kw-view="lab"]')
    rng = random.Random(0)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        x, y = take(cell(editor, rng.randint(1, 3), rng.randint(1, 3)))
        for turn in range(MOVES_PER_DRAG):
            time.sleep(rng.uniform(*PAUSE_S))
            page.page.mouse.move(x, y + (-1) ** turn * rng.uniform(8, 25))
        time.sleep(0.3)
        page.page.mouse.up()


def waits_ms(moves: list[Any], wire: dict[str, Any]) -> list[float]:
    """From each move to the answer of the first edit that left after it."""
    answers = {answer["id"]: answer for answer in wire["answers"]}
    if not all(answer["ok"] for answer in answers.values()):
        raise RuntimeError("the network refused an edit")
    waits = []
    for move in moves:
        first = next(edit for edit in wire["edits"] if edit["at"] >= move["at"])
        waits.append(answers[first["id"]]["at"] - move["at"])
    return waits


def figures(effort: Effort) -> Iterator[Figure]:
    with notebook(CELLS, script=LISTEN) as page:
        lab = page.view("lab")
        button(lab, "Start").click()
        page.wait_for_python("trainer.step_count > 10")
        lab.get_by_role("img", name=re.compile("^Its map of")).wait_for()
        lab.evaluate(WATCH)
        first, start = int(page.run_python(COUNT_STEPS)), time.monotonic()
        drag_about(page, 2 * effort.seconds)
        steps = int(page.run_python(COUNT_STEPS)) - first
        step_ms = 1000 * (time.monotonic() - start) / steps
        time.sleep(1)
        moves, wire = page.page.evaluate("[moves, wire]")
    unpainted = sum(move["frames"] is None for move in moves)
    if unpainted:
        raise RuntimeError(f"{unpainted} of {len(moves)} moves were not painted at all")
    frames = percentile([move["frames"] for move in moves], 95)
    ms = [move["ms"] for move in moves]
    about = (
        f"p95 of {len(moves)} moves; {statistics.median(ms):.0f} ms, p95 {percentile(ms, 95):.0f}"
    )
    yield at_most("gesture → cell and map painted", frames, 1, "display frames", about)
    waits = waits_ms(moves, wire)
    name = "gesture → weight written and acknowledged, while training, p95"
    about = f"median {statistics.median(waits):.0f} ms, a step {step_ms:.1f} ms"
    yield at_most(name, percentile(waits, 95) - step_ms, 150, "ms + one step", about)
