import { afterEach, expect, test, vi } from "vitest";
import { createButton } from "../../src/ui/button";
import { createMenu } from "../../src/ui/menu";
import { createNumber } from "../../src/ui/number";
import { createSegmented } from "../../src/ui/segmented";
import { createSelect } from "../../src/ui/select";
import { createSlider } from "../../src/ui/slider";

const OPTIONS = ["a", "b", "c"].map((value) => ({ value, text: value.toUpperCase() }));
const press = (key: string): void => {
  document.activeElement!.dispatchEvent(
    new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }),
  );
};

afterEach(() => document.body.replaceChildren());

test("a segmented control is one group of the browser's own radio buttons", () => {
  const chosen = vi.fn();
  const choice = createSegmented({ label: "L", options: OPTIONS, value: "b", onChange: chosen });
  document.body.append(choice.node);
  const inputs = [...choice.node.querySelectorAll("input")];
  const checked = (): boolean[] => inputs.map((input) => input.checked);
  expect(new Set(inputs.map(({ type, name }) => type + name)).size).toBe(1);
  expect(checked()).toEqual([false, true, false]);
  inputs[2]!.click();
  expect(checked()).toEqual([false, false, true]);
  choice.set("a");
  expect(checked()).toEqual([true, false, false]);
  expect(chosen.mock.calls).toEqual([["c"]]);
  choice.setOptions([...OPTIONS, { value: "d", text: "D" }]);
  expect(choice.node.querySelector<HTMLInputElement>(":checked")!.value).toBe("a");
});

test("a list keeps its choice when its options change", () => {
  const chosen = vi.fn();
  const choice = createSelect({ label: "L", options: OPTIONS, value: "b", onChange: chosen });
  choice.setOptions([...OPTIONS, { value: "d", text: "D" }]);
  const select = choice.node.querySelector("select")!;
  expect(select.value).toBe("b");
  select.value = "d";
  select.dispatchEvent(new Event("change"));
  expect(chosen.mock.calls).toEqual([["d"]]);
});

test("a disabled button keeps the focus and does nothing", () => {
  const pressed = vi.fn();
  const button = createButton({ label: "Undo", icon: "undo", text: null, onPress: pressed });
  document.body.append(button.node);
  button.setEnabled(false);
  button.node.focus();
  button.node.click();
  expect(document.activeElement).toBe(button.node);
  button.setEnabled(true);
  button.node.click();
  expect(pressed).toHaveBeenCalledTimes(1);
});

test("a menu is walked by arrows and letters; closed, it gives the focus back", () => {
  const act = vi.fn();
  const items = ["Negate", "Zero mean", "Unit norm"].map((text) => ({
    text,
    onPress: () => act(text),
  }));
  const outside = vi.fn();
  const menu = createMenu({ label: "More", items: () => items });
  document.body.append(menu.node);
  document.body.addEventListener("keydown", outside);
  menu.button.focus();
  menu.button.click();
  expect(document.activeElement!.textContent).toBe("Negate");
  expect(menu.button.getAttribute("aria-expanded")).toBe("true");
  press("ArrowUp");
  expect(document.activeElement!.textContent).toBe("Unit norm");
  press("z");
  expect(document.activeElement!.textContent).toBe("Zero mean");
  press("Escape");
  expect(outside).not.toHaveBeenCalled();
  press("Tab");
  expect(document.activeElement).toBe(menu.button);
  expect(menu.panel.hidden).toBe(true);
  press("ArrowDown");
  expect(document.activeElement!.textContent).toBe("Negate");
  menu.panel.querySelectorAll("button")[1]!.click();
  expect(act).toHaveBeenCalledWith("Zero mean");
  expect(menu.panel.hidden).toBe(true);
});

test("a slider says its value in words and stays under the hand", () => {
  const seen: (number | null)[] = [];
  const slider = createSlider({
    label: "Speed",
    scale: { low: 1, high: 100, logarithmic: true, max: true },
    value: 10,
    format: (value) => (value === null ? "max" : `${value}/s`),
    onInput: (value) => seen.push(value),
  });
  const input = slider.node.querySelector("input")!;
  expect(input.getAttribute("aria-valuetext")).toBe("10/s");
  input.value = "1000";
  input.dispatchEvent(new Event("input"));
  slider.set(1);
  expect(seen).toEqual([null]);
  expect(input.getAttribute("aria-valuetext")).toBe("max");
  input.dispatchEvent(new Event("change"));
  slider.set(1);
  expect(input.value).toBe("0");
});

test("a number field stays within its count, and is not there for one", () => {
  const chosen = vi.fn();
  const field = createNumber("Filter", chosen);
  const input = field.node.querySelector("input")!;
  field.set(3, 8);
  input.value = "12";
  input.dispatchEvent(new Event("change"));
  input.value = "";
  input.dispatchEvent(new Event("change"));
  expect(chosen.mock.calls).toEqual([[7]]);
  input.value = "5";
  input.dispatchEvent(new Event("input"));
  field.set(3, 8);
  expect(input.value).toBe("5");
  input.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
  expect(chosen.mock.calls).toEqual([[7], [5]]);
  field.set(3, 8);
  expect(input.value).toBe("3");
  field.set(0, 1);
  expect(field.node.hidden).toBe(true);
});
