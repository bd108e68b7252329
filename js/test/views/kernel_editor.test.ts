import { expect, test, vi } from "vitest";
import { nextFrame, settled } from "../fake_host";
import {
  button,
  cells,
  context,
  edits,
  host,
  MIDDLE,
  now,
  open,
  pointer,
  press,
  view,
  ZEROS,
} from "./editor_page";

test("every gridcell holds exactly one spinbutton, named by row and column", () => {
  open();
  const gridcells = [...view.node.querySelectorAll("[role=grid] > [role=row] > [role=gridcell]")];
  expect(gridcells).toHaveLength(10);
  for (const cell of gridcells) expect(cell.querySelectorAll("[role=spinbutton]")).toHaveLength(1);
  const names = cells.map((cell) => cell.getAttribute("aria-label"));
  expect(names[0]).toBe("row 1, column 1");
  expect(names[5]).toBe("row 2, column 3");
  expect(names[9]).toBe("bias");
  expect(cells.filter((cell) => cell.getAttribute("tabindex") === "0")).toHaveLength(1);
  expect(now(0)).toBe(0);
});

test("a mounted editor sends no command and sets nothing", () => {
  open();
  vi.advanceTimersByTime(3000);
  expect(host.commands()).toEqual([]);
});

test("100 px are the color range; a display frame carries one edit, the last value", async () => {
  open();
  pointer("pointerdown", MIDDLE);
  for (const y of [80, 70, 59]) pointer("pointermove", { clientX: 84, clientY: y });
  expect(edits()).toHaveLength(0);
  nextFrame();
  expect(edits()).toHaveLength(1);
  const first = edits()[0]!;
  expect(first).toMatchObject({ layer: "conv1", parameter: "weight", cells: [4], hold: true });
  expect(first.values[0]).toBeCloseTo(0.5);
  expect(now(4)).toBeCloseTo(0.5);
  await settled();
  pointer("pointermove", { clientX: 84, clientY: 49, shiftKey: true });
  nextFrame();
  expect(edits()[1]!.values[0]).toBeCloseTo(0.52);
  pointer("pointerup", { clientX: 84, clientY: 10 });
  // The browser ends a drag with a click wherever it was let go.
  pointer("click", { clientX: 84, clientY: 10 });
  nextFrame();
  expect(document.activeElement).toBe(cells[4]);
  const gestures = new Set(edits().map((edit) => edit.gesture));
  expect(gestures.size).toBe(1);
  expect(host.commands("release")).toEqual([
    { op: "release", gesture: first.gesture, id: expect.any(String) },
  ]);
});

test("cells of other kernels are addressed in C order", () => {
  open({ selected: [1, 1] });
  pointer("pointerdown", MIDDLE);
  pointer("pointermove", { clientX: 84, clientY: 74 });
  nextFrame();
  expect(edits()[0]!.cells).toEqual([(1 * 2 + 1) * 9 + 4]);
});

test("while an edit is on its way a drag keeps its last value for the next, and Undo comes after it", async () => {
  open();
  host.slow = true;
  pointer("pointerdown", MIDDLE);
  for (const y of [74, 64, 59]) {
    pointer("pointermove", { clientX: 84, clientY: y });
    nextFrame();
  }
  expect(edits()).toHaveLength(1);
  pointer("pointerup", { clientX: 84, clientY: 59 });
  press("z", { ctrlKey: true });
  for (let i = 0; i < 4; i++) await host.answer(host.commands()[i]);
  expect(host.commands().map(({ op }) => op)).toEqual(["edit", "edit", "release", "undo"]);
  expect(edits()[1]!.values[0]).toBeCloseTo(0.5);
});

test("a held cell is held by a heartbeat of 300 ms at most, also under a resting finger", async () => {
  open({}, [0, 0, 0, 0, 0.25, 0, 0, 0, 0]);
  pointer("pointerdown", MIDDLE);
  await vi.advanceTimersByTimeAsync(300);
  expect(edits()).toHaveLength(1);
  expect(edits()[0]).toMatchObject({ cells: [4], values: [0.25], hold: true });
  for (let i = 2; i < 6; i++) {
    await vi.advanceTimersByTimeAsync(300);
    expect(edits().length).toBeGreaterThanOrEqual(i);
  }
  pointer("pointerup", MIDDLE);
  nextFrame();
  const sent = host.commands().length;
  await vi.advanceTimersByTimeAsync(2000);
  expect(host.commands()).toHaveLength(sent);
});

test("a click that only selects changes nothing", () => {
  open();
  pointer("pointerdown", MIDDLE);
  pointer("pointerup", MIDDLE);
  nextFrame();
  expect(host.commands()).toEqual([]);
  expect(document.activeElement).toBe(cells[4]);
});

test("while held the hand's value shows and the color range stands still", async () => {
  open();
  pointer("pointerdown", MIDDLE);
  pointer("pointermove", { clientX: 84, clientY: 59 });
  nextFrame();
  host.publish(Array<number>(9).fill(0.1), { limit: 2 });
  expect(now(4)).toBeCloseTo(0.5);
  await vi.advanceTimersByTimeAsync(300);
  expect(now(0)).toBeCloseTo(0.1);
  pointer("pointermove", { clientX: 84, clientY: 34 });
  nextFrame();
  expect(edits().at(-1)!.values[0]).toBeCloseTo(1);
});

test("after the release the network's value shows with the first frame that holds the edit", async () => {
  open();
  pointer("pointerdown", MIDDLE);
  pointer("pointermove", { clientX: 84, clientY: 59 });
  nextFrame();
  pointer("pointerup", MIDDLE);
  nextFrame();
  await host.answer(edits()[0], "", 8);
  host.publish(ZEROS, { moment: 7 });
  expect(now(4)).toBeCloseTo(0.5);
  host.publish([0, 0, 0, 0, 0.4, 0, 0, 0, 0], { moment: 9 });
  expect(now(4)).toBeCloseTo(0.4);
});

test("a refused edit is said in words and the cell goes back to the network's value", async () => {
  open();
  host.slow = true;
  pointer("pointerdown", MIDDLE);
  pointer("pointermove", { clientX: 84, clientY: 59 });
  nextFrame();
  await host.answer(edits()[0], "the layer is parametrized");
  nextFrame();
  expect(context.announced).toEqual(["Not changed: the layer is parametrized"]);
  expect(now(4)).toBe(0);
  pointer("pointermove", { clientX: 84, clientY: 20 });
  vi.advanceTimersByTime(1000);
  expect(edits()).toHaveLength(1);
  expect(host.commands("release")).toHaveLength(1);
});

test("an edit that is never answered is said, too", async () => {
  open();
  host.slow = true;
  cells[0]!.focus();
  for (const key of "7") press(key);
  press("Enter");
  await vi.advanceTimersByTimeAsync(6000);
  expect(context.announced.join()).toContain("no answer from the kernel");
  expect(now(0)).toBe(0);
});

test("Esc takes a drag back to what it was at the press", () => {
  open({}, [0, 0, 0, 0, 0.25, 0, 0, 0, 0]);
  pointer("pointerdown", MIDDLE);
  pointer("pointermove", { clientX: 84, clientY: 59 });
  nextFrame();
  press("Escape");
  nextFrame();
  expect(edits().at(-1)).toMatchObject({ cells: [4], values: [0.25] });
  expect(host.commands().at(-1)!.op).toBe("release");
});

test("a finger's first press selects only; then the selected cell can be dragged", () => {
  open();
  const touch = { pointerType: "touch" };
  pointer("pointerdown", { ...MIDDLE, ...touch });
  pointer("pointermove", { clientX: 84, clientY: 30, ...touch });
  pointer("pointerup", { clientX: 84, clientY: 30, ...touch });
  nextFrame();
  expect(host.commands()).toEqual([]);
  view.node
    .querySelector(".kw-cells")!
    .dispatchEvent(new MouseEvent("click", { bubbles: true, ...MIDDLE }));
  expect(document.activeElement).toBe(cells[4]);
  pointer("pointerdown", { ...MIDDLE, ...touch });
  pointer("pointermove", { clientX: 84, clientY: 74, ...touch });
  nextFrame();
  expect(edits()[0]).toMatchObject({ cells: [4], hold: true });
});

test("the brush changes each cell that a sweep passes, as one gesture", () => {
  open({ tool: "brush" }, Array<number>(9).fill(0.5));
  button("Brush sets to zero").click();
  pointer("pointerdown", { clientX: 28, clientY: 28 });
  pointer("pointermove", { clientX: 140, clientY: 28 });
  nextFrame();
  pointer("pointerup", { clientX: 140, clientY: 28 });
  nextFrame();
  expect(edits()).toHaveLength(1);
  expect(edits()[0]).toMatchObject({ cells: [0, 1, 2], values: [0, 0, 0], hold: true });
  expect(host.commands("release")).toHaveLength(1);
});

test("a fast sweep misses no cell, and a page that scrolls under a resting hand changes nothing", () => {
  open({ tool: "brush" });
  pointer("pointerdown", { clientX: 5, clientY: 5 });
  pointer("pointermove", { clientX: 160, clientY: 160 });
  nextFrame();
  expect(edits()[0]!.cells).toEqual([0, 4, 8]);
  pointer("pointerup", { clientX: 160, clientY: 160 });
  host.set("tool", "value");
  pointer("pointerdown", MIDDLE);
  pointer("pointermove", { clientX: 84, clientY: 74 });
  vi.spyOn(Element.prototype, "getBoundingClientRect").mockReturnValue(new DOMRect(0, -300));
  pointer("pointermove", { clientX: 84, clientY: 74 });
  nextFrame();
  expect(edits().at(-1)!.values[0]).toBeCloseTo(0.4);
  vi.restoreAllMocks();
});

test("a gesture over weights and bias sends both under one name", () => {
  open({ tool: "brush" });
  pointer("pointerdown", { clientX: 140, clientY: 150 });
  pointer("pointermove", { clientX: 190, clientY: 150 });
  nextFrame();
  expect(edits().map(({ parameter, cells }) => [parameter, cells])).toEqual([
    ["weight", [8]],
    ["bias", [0]],
  ]);
  expect(edits()[0]!.gesture).toBe(edits()[1]!.gesture);
  expect(edits()[1]!.values[0]).toBeCloseTo(0.7);
});
