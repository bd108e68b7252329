import { STIMULI, stimulus } from "../lib/stimuli";
import { h } from "../ui/dom";
import { can, createViewMenu } from "../views/choices";
import type { Context } from "../views/view";
import { drawPicture, readPicture } from "./drawing_pad";

/** A menu that puts another picture in the place of the one on show; its dialog opens inside. */
export function createProbeMenu(context: Context, inside: HTMLElement): HTMLElement {
  const { model, announce } = context;
  const sizes = (): [channels: number, rows: number, columns: number] => {
    const [channels, rows = 28, columns = 28] = model.probe?.shape ?? [1];
    return [channels === 3 ? 3 : 1, rows, columns];
  };
  const replace = async (
    name: string,
    make: (rows: number, columns: number, channels: number) => Promise<number[] | null> | number[],
    channels = 1,
  ): Promise<void> => {
    const [, rows, columns] = sizes();
    const pixels = await make(rows, columns, channels);
    if (!pixels) return;
    const { ok, error } = await model.command({
      op: "set_probe",
      sample: model.get("sample") ?? 0,
      sample_name: name,
      size: [rows, columns, channels],
      pixels,
    });
    announce(ok ? `The probe picture is now: ${name}` : error);
  };
  const file = h("input", {
    type: "file",
    accept: "image/*",
    hidden: true,
    change() {
      const chosen = file.files?.[0];
      file.value = "";
      if (!chosen) return;
      replace(chosen.name, (...size) => readPicture(chosen, ...size), sizes()[0]).catch(() =>
        announce(`${chosen.name} is no picture that this browser can read`),
      );
    },
  });
  const menu = createViewMenu(
    context,
    "Replace",
    () => [
      {
        text: "Draw …",
        onPress: () => replace("drawn", (rows, columns) => drawPicture(inside, rows, columns)),
      },
      { text: "Upload …", onPress: () => file.click() },
      ...Object.keys(STIMULI).map((name, nth) => ({
        text: name,
        separated: nth === 0,
        onPress: () =>
          replace(name.toLowerCase(), (rows, columns) => stimulus(name, rows, columns)),
      })),
    ],
    // Nothing can be drawn or shown of a signal, and no size is known before the first picture.
    () => can(model, "probe") && model.probe?.shape.length === 3,
  );
  menu.append(file);
  return menu;
}
