/** A kernel editor on a fake kernel: opened anew for each test of the file that imports this. */

import { afterEach, beforeEach, vi } from "vitest";
import type { Edit } from "../../src/generated/schema";
import { createKernelEditor } from "../../src/views/kernel_editor";
import type { View } from "../../src/views/view";
import { FakeHost, fakeContext } from "../fake_host";

export const ZEROS = Array<number>(9).fill(0);
/** Cells of a 3×3 kernel are 56 px wide in the editor. */
export const MIDDLE = { clientX: 84, clientY: 84 };

export let host: FakeHost;
export let view: View;
export let context: ReturnType<typeof fakeContext>;
export let cells: HTMLElement[];

export function open(state: Record<string, unknown> = {}, values = ZEROS): void {
  host = new FakeHost(state);
  context = fakeContext(host);
  view = createKernelEditor(context);
  document.body.append(view.node);
  host.publish(values);
  cells = [...view.node.querySelectorAll<HTMLElement>("[role=spinbutton]")];
}
/** What the test page does not lay out: rows of cells of one size. */
const elementFromPoint = (x: number, y: number): Element | null => {
  const { style } = view.node.querySelector<HTMLElement>(".kw-cells")!;
  const [width, height] = ["--kw-cell", "--kw-cell-height"].map((name) =>
    Number.parseFloat(style.getPropertyValue(name)),
  );
  const row = view.node.querySelectorAll("[role=row]")[Math.floor(y / height!)];
  return row?.querySelectorAll("[role=spinbutton]")[Math.floor(x / width!)] ?? null;
};
export const pointer = (type: string, init: PointerEventInit & MouseEventInit): void => {
  const target = view.node.querySelector(".kw-cells")!;
  target.dispatchEvent(
    new PointerEvent(type, { bubbles: true, pointerId: 1, pointerType: "mouse", ...init }),
  );
};
export const press = (key: string, init: KeyboardEventInit = {}): void => {
  const target = document.activeElement ?? cells[0]!;
  target.dispatchEvent(
    new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...init }),
  );
  target.dispatchEvent(new KeyboardEvent("keyup", { key, bubbles: true }));
};
export const edits = (): Edit[] => host.commands("edit") as Edit[];
export const now = (cell: number): number => Number(cells[cell]!.getAttribute("aria-valuenow"));
export const button = (name: string): HTMLElement =>
  [...view.node.querySelectorAll<HTMLElement>("button, [type=radio]")].find(
    (one) => (one.getAttribute("aria-label") ?? one.textContent) === name,
  )!;

beforeEach(() => {
  vi.useFakeTimers();
  document.elementFromPoint = elementFromPoint;
});
afterEach(() => {
  context.destroy();
  view.node.remove();
  vi.useRealTimers();
});
