import { STIMULI, stimulus } from "../lib/stimuli";
import type { Model } from "../model/model";
import { h } from "../ui/dom";
import { createMenu } from "../ui/menu";
import { drawPicture, readPicture } from "./drawing_pad";

/** A menu that puts another picture in the place of the one on show. */
export function createProbeMenu(model: Model, inside: HTMLElement, say: (text: string) => void) {
  const file = h("input", { type: "file", accept: "image/*", tabindex: -1, "aria-hidden": "true" });
  file.hidden = true;

  const replace = async (name: string, pixels: number[], channels: number): Promise<void> => {
    const [, rows, columns] = size();
    const answer = await model.command({
      op: "set_probe",
      sample: model.get("sample") ?? 0,
      sample_name: name,
      size: [rows, columns, channels],
      pixels,
    });
    say(answer.ok ? `The probe picture is now: ${name}` : answer.error);
  };
  const size = (): [number, number, number] => {
    const [channels, ...spatial] = model.probe?.shape ?? [1, 28, 28];
    return [channels === 3 ? 3 : 1, spatial.at(-2) ?? 1, spatial.at(-1) ?? 1];
  };
  const draw = async (): Promise<void> => {
    const [, rows, columns] = size();
    const pixels = await drawPicture(inside, rows, columns);
    if (pixels) await replace("drawn", pixels, 1);
  };
  file.addEventListener("change", async () => {
    const chosen = file.files?.[0];
    file.value = "";
    if (!chosen) return;
    const [channels, rows, columns] = size();
    try {
      const pixels = await readPicture(chosen, rows, columns, channels);
      await replace(chosen.name, pixels, channels);
    } catch {
      say(`${chosen.name} is no picture that this browser can read`);
    }
  });
  const menu = createMenu({
    label: "Replace",
    items() {
      const [, rows, columns] = size();
      return [
        { text: "Draw …", onPress: draw },
        { text: "Upload …", onPress: () => file.click() },
        ...Object.keys(STIMULI).map((name, nth) => ({
          text: name,
          separated: nth === 0,
          onPress: () => replace(name.toLowerCase(), stimulus(name, rows, columns), 1),
        })),
      ];
    },
  });
  return {
    node: h("span", {}, menu.node, file),
    refresh(): void {
      const can = model.get("_info")?.verbs.includes("probe") ?? false;
      // Nothing can be drawn or shown of a signal, and no size is known before the first picture.
      this.node.hidden = !can || (model.probe?.shape.length ?? 0) !== 3;
    },
    destroy: menu.destroy,
  };
}
