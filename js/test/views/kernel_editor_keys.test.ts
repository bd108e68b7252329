import { expect, test, vi } from "vitest";
import { FakeHost, fakeContext, LAYER, nextFrame, settled } from "../fake_host";
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

test("a key held down is one gesture until it is let go", async () => {
  open();
  cells[4]!.focus();
  for (let i = 0; i < 5; i++) {
    cells[4]!.dispatchEvent(new KeyboardEvent("keydown", { key: "+", bubbles: true }));
    nextFrame();
    await settled();
  }
  cells[4]!.dispatchEvent(new KeyboardEvent("keyup", { key: "+", bubbles: true }));
  nextFrame();
  expect(edits()).toHaveLength(5);
  expect(new Set(edits().map((edit) => edit.gesture)).size).toBe(1);
  expect(host.commands("release")).toHaveLength(1);
});

test("what is typed right after a step follows it", () => {
  open();
  cells[4]!.focus();
  press("PageUp");
  for (const key of "0.5") press(key);
  press("Enter");
  expect(edits().map((edit) => edit.values[0])).toEqual([0.1, 0.5]);
});

test("a number that was set stays, though word of the step before it comes later", async () => {
  open();
  host.slow = true;
  cells[4]!.focus();
  press("-");
  nextFrame();
  for (const key of "0.5") press(key);
  press("Enter");
  nextFrame();
  const [step, number] = edits();
  await host.answer(step, "", 5);
  host.publish([0, 0, 0, 0, -0.02, 0, 0, 0, 0], { moment: 6 });
  expect(now(4)).toBe(-0.5);
  await host.answer(number, "", 7);
  host.publish([0, 0, 0, 0, -0.4, 0, 0, 0, 0], { moment: 8 });
  expect(now(4)).toBe(-0.4);
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

test("a preset with numbers has sliders; each movement is one gesture of the same norm", async () => {
  open({}, [0, 3, 0, 4, 0, 0, 0, 0, 0]);
  const panel = view.node.querySelector<HTMLElement>(".kw-presets")!;
  expect(panel.hidden).toBe(true);
  button("Presets").click();
  button("vertical line").click();
  nextFrame();
  expect(panel.hidden).toBe(false);
  expect(panel.querySelector("[role=group]")!.getAttribute("aria-label")).toBe("vertical line");
  const angle = panel.querySelector<HTMLInputElement>("[aria-label=Angle]")!;
  for (const position of ["250", "500"]) {
    angle.value = position;
    angle.dispatchEvent(new Event("input"));
    nextFrame();
    await settled();
  }
  angle.dispatchEvent(new Event("change"));
  nextFrame();
  expect(angle.getAttribute("aria-valuetext")).toBe("90°");
  const [chosen, , across] = edits();
  expect(chosen).toMatchObject({ hold: false });
  expect(new Set(edits().map(({ gesture }) => gesture)).size).toBe(2);
  expect(across!.values.map((value) => Math.sign(value))).toEqual([
    -1, -1, -1, 1, 1, 1, -1, -1, -1,
  ]);
  expect(Math.hypot(...across!.values)).toBeCloseTo(5);
  expect(host.commands("release")).toHaveLength(1);
  host.set("selected", [1, 0]);
  host.publish(ZEROS);
  expect(panel.hidden).toBe(true);
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
    "tap 4",
    "tap 5",
    "bias",
  ]);
  pointer("pointerdown", { clientX: 10, clientY: 100 });
  pointer("pointermove", { clientX: 10, clientY: 60 });
  nextFrame();
  const { style } = view.node.querySelector<HTMLElement>(".kw-cells")!;
  const height = Number.parseFloat(style.getPropertyValue("--kw-cell-height"));
  expect(edits()[0]!.values[0]).toBeCloseTo((40 / height) * 2);
});

test("what a source cannot do has no button, and its cells are read-only", () => {
  const info = { ...(new FakeHost().state._info as object), verbs: [] };
  open({ _info: info });
  for (const name of ["Freeze cell", "Freeze kernel", "Mute filter", "Undo", "Presets"]) {
    expect(button(name)).toBe(undefined);
  }
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
