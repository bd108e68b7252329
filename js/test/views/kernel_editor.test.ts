import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Edit } from "../../src/generated/schema";
import { createKernelEditor } from "../../src/views/kernel_editor";
import type { View } from "../../src/views/view";
import { FakeHost, fakeContext, LAYER, nextFrame } from "../fake_host";

const ZEROS = Array<number>(9).fill(0);
/** Cells of a 3×3 kernel are 56 px wide in the editor. */
const MIDDLE = { clientX: 84, clientY: 84 };

let host: FakeHost;
let view: View;
let context: ReturnType<typeof fakeContext>;
let cells: HTMLElement[];

function open(state: Record<string, unknown> = {}, values = ZEROS): void {
  host = new FakeHost(state);
  context = fakeContext(host);
  view = createKernelEditor(context);
  document.body.append(view.node);
  host.publish(values);
  cells = [...view.node.querySelectorAll<HTMLElement>("[role=spinbutton]")];
}
const pointer = (type: string, init: PointerEventInit & MouseEventInit): void => {
  const target = view.node.querySelector(".kw-cells")!;
  target.dispatchEvent(
    new PointerEvent(type, { bubbles: true, pointerId: 1, pointerType: "mouse", ...init }),
  );
};
const press = (key: string, init: KeyboardEventInit = {}): void => {
  const target = document.activeElement ?? cells[0]!;
  target.dispatchEvent(
    new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...init }),
  );
  target.dispatchEvent(new KeyboardEvent("keyup", { key, bubbles: true }));
};
const edits = (): Edit[] => host.commands("edit") as Edit[];
const now = (cell: number): number => Number(cells[cell]!.getAttribute("aria-valuenow"));
const button = (name: string): HTMLElement =>
  [...view.node.querySelectorAll("button")].find(
    (one) => (one.getAttribute("aria-label") ?? one.textContent) === name,
  )!;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(null);
});
afterEach(() => {
  context.destroy();
  view.node.remove();
  vi.useRealTimers();
});

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

test("100 px are the color range; a display frame carries one edit, the last value", () => {
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

test("a held cell is held by a heartbeat of 300 ms at most, also under a resting finger", () => {
  open({}, [0, 0, 0, 0, 0.25, 0, 0, 0, 0]);
  pointer("pointerdown", MIDDLE);
  vi.advanceTimersByTime(300);
  expect(edits()).toHaveLength(1);
  expect(edits()[0]).toMatchObject({ cells: [4], values: [0.25], hold: true });
  for (let i = 2; i < 6; i++) {
    vi.advanceTimersByTime(300);
    expect(edits().length).toBeGreaterThanOrEqual(i);
  }
  pointer("pointerup", MIDDLE);
  nextFrame();
  const sent = host.commands().length;
  vi.advanceTimersByTime(2000);
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

test("while held the hand's value shows and the color range stands still", () => {
  open();
  pointer("pointerdown", MIDDLE);
  pointer("pointermove", { clientX: 84, clientY: 59 });
  nextFrame();
  host.publish(Array<number>(9).fill(0.1), { limit: 2 });
  expect(now(4)).toBeCloseTo(0.5);
  vi.advanceTimersByTime(300);
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
  host.publish(ZEROS, { step: 7 });
  expect(now(4)).toBeCloseTo(0.5);
  host.publish([0, 0, 0, 0, 0.4, 0, 0, 0, 0], { step: 8 });
  expect(now(4)).toBeCloseTo(0.4);
});

test("a refused edit is said in words and the cell goes back to the network's value", async () => {
  open();
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

test("arrows move the one tab stop, and the bias follows the last cell", () => {
  open();
  cells[0]!.focus();
  press("ArrowRight");
  press("ArrowDown");
  expect(document.activeElement).toBe(cells[4]);
  press("ArrowDown");
  press("End");
  nextFrame();
  expect(document.activeElement).toBe(cells[9]);
  expect(cells.map((cell) => cell.getAttribute("tabindex")).indexOf("0")).toBe(9);
  press("ArrowUp");
  expect(host.commands()).toEqual([]);
});

test("plus, minus and Page Up change the cell; each press is one gesture", () => {
  open();
  cells[4]!.focus();
  press("+");
  nextFrame();
  press("PageUp");
  nextFrame();
  press("-");
  nextFrame();
  expect(edits().map((edit) => edit.values[0])).toEqual([0.02, 0.12, 0.1]);
  expect(host.commands("release")).toHaveLength(3);
});

test("a key held down is one gesture until it is let go", () => {
  open();
  cells[4]!.focus();
  for (let i = 0; i < 5; i++) {
    cells[4]!.dispatchEvent(new KeyboardEvent("keydown", { key: "+", bubbles: true }));
    nextFrame();
  }
  cells[4]!.dispatchEvent(new KeyboardEvent("keyup", { key: "+", bubbles: true }));
  nextFrame();
  expect(edits()).toHaveLength(5);
  expect(new Set(edits().map((edit) => edit.gesture)).size).toBe(1);
  expect(host.commands("release")).toHaveLength(1);
});

test("numbers are typed and set by Enter, negative ones too; Esc takes typing back", () => {
  open();
  cells[4]!.focus();
  for (const key of "0.25") press(key);
  press("Enter");
  expect(edits().at(-1)).toMatchObject({ cells: [4], values: [0.25], hold: false });
  for (const key of "-0.5") press(key);
  press("Enter");
  expect(edits().at(-1)!.values).toEqual([-0.5]);
  nextFrame();
  const sent = host.commands().length;
  for (const key of "3") press(key);
  press("Escape");
  press("Enter");
  nextFrame();
  expect(host.commands()).toHaveLength(sent);
});

test("keys with a meaning for the notebook never leave the editor", () => {
  open();
  const outside = vi.fn();
  document.addEventListener("keydown", outside);
  cells[4]!.focus();
  for (const key of ["d", "d", "0", "0", "x", "a", "Escape", "ArrowDown"]) press(key);
  document.removeEventListener("keydown", outside);
  nextFrame();
  expect(outside).not.toHaveBeenCalled();
  expect(host.commands()).toEqual([]);
});

test("freezing, muting and presets are commands of the selected kernel", () => {
  open({}, [0, 0, 0, 0, 2, 0, 0, 0, 0]);
  button("Freeze cell").click();
  button("Freeze kernel").click();
  button("Mute filter").click();
  expect(host.commands()).toMatchObject([
    { op: "freeze", cells: [0], parameter: "weight", on: true },
    { op: "freeze", cells: [0, 1, 2, 3, 4, 5, 6, 7, 8], on: true },
    { op: "mute", out: 0, on: true },
  ]);
  host.publish(ZEROS, { frozen: [0] });
  expect(cells[0]!.getAttribute("aria-description")).toBe("frozen");
  expect(button("Freeze cell").getAttribute("aria-pressed")).toBe("true");
});

test("a whole-kernel change is one edit of absolute values", () => {
  open({}, [1, 0, 0, 0, 0, 0, 0, 0, 0]);
  button("Flip left–right").click();
  expect(edits()).toHaveLength(1);
  expect(edits()[0]).toMatchObject({
    cells: [0, 1, 2, 3, 4, 5, 6, 7, 8],
    values: [0, 0, 1, 0, 0, 0, 0, 0, 0],
    hold: false,
  });
});

test("a preset takes the place and the norm of the kernel", () => {
  open({}, [0, 3, 0, 4, 0, 0, 0, 0, 0]);
  button("Presets").click();
  button("identity").click();
  expect(edits()[0]!.values).toEqual([0, 0, 0, 0, 5, 0, 0, 0, 0]);
});

test("the kernel is copied as NumPy", async () => {
  open({}, [0, 0, 0, 0, 0.5, 0, 0, 0, 0]);
  const writeText = vi.fn(() => Promise.resolve());
  vi.stubGlobal("navigator", { clipboard: { writeText } });
  button("More").click();
  button("Copy as NumPy").click();
  await Promise.resolve();
  expect(writeText).toHaveBeenCalledWith(
    "np.array([[0, 0, 0],\n          [0, 0.5, 0],\n          [0, 0, 0]], dtype=np.float32)",
  );
  expect(context.announced).toEqual(["Copied as NumPy."]);
  vi.unstubAllGlobals();
});

test("undo and redo are there when there is something to undo, by button and by key", () => {
  open();
  button("Undo").click();
  expect(host.commands()).toEqual([]);
  host.set("_status", { ...(host.state._status as object), undo: 1 });
  nextFrame();
  button("Undo").click();
  cells[4]!.focus();
  press("z", { ctrlKey: true });
  press("Z", { ctrlKey: true, shiftKey: true });
  expect(host.commands().map(({ op }) => op)).toEqual(["undo", "undo", "redo"]);
});

test("slices of a 3-D kernel are edited one by one", () => {
  const layer = { ...LAYER, shape: [1, 1, 2, 3, 3], bias: false };
  open({ _info: { ...(new FakeHost().state._info as object), layers: [layer] } }, [
    ...ZEROS,
    ...ZEROS,
  ]);
  const slice = [...view.node.querySelectorAll("label")].find(
    (label) => label.textContent === "Slice",
  )!.control as HTMLInputElement;
  slice.value = "1";
  slice.dispatchEvent(new Event("change"));
  nextFrame();
  pointer("pointerdown", MIDDLE);
  pointer("pointermove", { clientX: 84, clientY: 74 });
  nextFrame();
  expect(edits()[0]!.cells).toEqual([9 + 4]);
});

test("a 1-D kernel is a row of bars whose ends follow the hand", () => {
  const layer = { ...LAYER, shape: [1, 1, 5] };
  open({ _info: { ...(new FakeHost().state._info as object), layers: [layer] } }, [0, 0, 0, 0, 0]);
  expect(cells.map((cell) => cell.getAttribute("aria-label")).slice(3)).toEqual([
    "row 1, column 4",
    "row 1, column 5",
    "bias",
  ]);
  pointer("pointerdown", { clientX: 10, clientY: 100 });
  pointer("pointermove", { clientX: 10, clientY: 60 });
  nextFrame();
  const height = Number.parseFloat(
    view.node.querySelector<HTMLElement>(".kw-cells-frame")!.style.height,
  );
  expect(edits()[0]!.values[0]).toBeCloseTo((40 / height) * 2);
});

test("what a source cannot do has no button, and its cells are read-only", () => {
  const info = { ...(new FakeHost().state._info as object), verbs: [] };
  open({ _info: info });
  for (const name of ["Freeze cell", "Freeze kernel", "Mute filter"]) {
    expect(button(name).hidden).toBe(true);
  }
  expect(button("Undo").hidden).toBe(true);
  vi.advanceTimersByTime(300);
  expect(cells.every((cell) => cell.getAttribute("aria-readonly") === "true")).toBe(true);
  cells[4]!.focus();
  press("+");
  pointer("pointerdown", MIDDLE);
  pointer("pointermove", { clientX: 84, clientY: 30 });
  nextFrame();
  expect(host.commands()).toEqual([]);
});

test("destroyed in the middle of a drag, it lets go and leaves nothing behind", () => {
  const bare = new FakeHost();
  fakeContext(bare);
  const connected = bare.listeners;
  open();
  pointer("pointerdown", MIDDLE);
  pointer("pointermove", { clientX: 84, clientY: 59 });
  nextFrame();
  context.destroy();
  expect(host.commands().at(-1)!.op).toBe("release");
  expect(host.listeners).toBe(connected);
  const sent = host.commands().length;
  vi.advanceTimersByTime(6000);
  expect(host.commands()).toHaveLength(sent);
  expect(vi.getTimerCount()).toBe(0);
});
