import type { Traits, Verb, ViewName } from "../generated/schema";
import type { Model, TraitName } from "../model/model";
import { createButton } from "../ui/button";
import type { IconName } from "../ui/icons";
import { createMenu, type MenuItem } from "../ui/menu";
import { createSegmented } from "../ui/segmented";
import { createSelect } from "../ui/select";
import { layerOf } from "./layer";
import type { Context } from "./view";

/** A value of a trait, its name on the control, and a longer name for screen readers. */
export type Choices<K extends TraitName> = readonly (readonly [Traits[K], string, string?])[];

/** Whether the source understands a verb. */
export function can(model: Model, verb: Verb): boolean {
  return !!model.get("_info")?.verbs.includes(verb);
}

/** A control that shows and sets a trait; not there while there is nothing to choose. */
export function createChoice<K extends TraitName>(
  { model, onPaint }: Context,
  name: K,
  label: string,
  choices: () => Choices<K>,
  create = createSegmented<string>,
  now = (): Traits[K] => model.get(name),
): HTMLElement {
  const choice = create({
    label,
    options: [],
    value: "",
    onChange: (key) => model.set(name, choices().find(([value]) => String(value) === key)![0]),
  });
  onPaint(() => {
    const list = choices();
    choice.setOptions(list.map(([value, text, label]) => ({ value: String(value), text, label })));
    choice.set(String(now()));
    choice.node.hidden = list.length < 2;
  });
  return choice.node;
}

/** A button with a picture: there while `shown`, a toggle with `pressed`, greyed unless `enabled`. */
export function createTool(
  { onPaint }: Context,
  label: string,
  icon: IconName,
  onPress: () => void,
  shown = (): boolean => true,
  pressed?: () => boolean,
  enabled?: () => boolean,
): HTMLElement {
  const { node, setPressed, setEnabled } = createButton({
    label,
    icon,
    text: null,
    pressed: pressed && false,
    onPress,
  });
  onPaint(() => {
    node.hidden = !shown();
    if (pressed) setPressed(pressed());
    if (enabled) setEnabled(enabled());
  });
  return node;
}

/** A menu of a view: there while `shown`. */
export function createViewMenu(
  { onPaint }: Context,
  label: string,
  items: () => MenuItem[],
  shown = (): boolean => true,
): HTMLElement {
  const { node } = createMenu({ label, items });
  onPaint(() => {
    node.hidden = !shown();
  });
  return node;
}

/** A choice of layer, where there are several and the view stands alone. */
export function createLayerSelect(context: Context, alone: ViewName): HTMLElement {
  const { model } = context;
  return createChoice(
    context,
    "layer",
    "Layer",
    () =>
      model.get("_view") === alone
        ? (model.get("_info")?.layers ?? []).map(({ name }) => [name, name])
        : [],
    createSelect,
    () => layerOf(model)?.name ?? "",
  );
}

/** The choices of a trait as items of a menu; none where the view has no such control. */
export function choiceItems<K extends TraitName>(
  model: Model,
  name: K,
  choices: Choices<K>,
): MenuItem[] {
  const now = model.get(name);
  return choices.slice(0, now === undefined ? 0 : undefined).map(([value, text], nth) => ({
    text,
    separated: nth === 0,
    // A single choice is turned on and off.
    checked: now === value,
    onPress: () => model.set(name, choices.length > 1 ? value : (!now as Traits[K])),
  }));
}
