import type { Verb } from "../generated/schema";
import type { Model } from "../model/model";
import { can } from "./choices";
import type { Ground } from "./kernel_editor_cells";
import type { Reading } from "./kernel_editor_state";
import type { Context } from "./view";

/** Where in the kernel editor there is room for a hand's tools. */
export interface Places {
  header: HTMLElement;
  tools: HTMLElement;
  side: HTMLElement;
  body: HTMLElement;
}

/** What only a hand needs that reaches in: a module of its own. */
export interface Hand {
  /** Makes a kernel that is read a kernel that is changed. */
  reachIn(context: Context, reading: Reading, ground: Ground, places: Places): void;
  /** A menu that puts another picture in the place of the one on show; its dialog opens inside. */
  createProbeMenu(context: Context, inside: HTMLElement): HTMLElement;
}

let hand: Hand | null = null;
let bring: ((model: Model) => Promise<Hand>) | null = null;

/** Gives the hand to all views, here and now. */
export function giveHand(given: Hand): void {
  hand = given;
}

/** Says how the hand is brought when it is first needed. */
export function bringHand(how: (model: Model) => Promise<Hand>): void {
  bring = how;
}

/** Calls back once the source can be reached into in this way, and there is a hand to do so. */
export function whenHand(
  { model, onPaint, announce }: Context,
  verb: Verb,
  use: (hand: Hand) => void,
): void {
  let used = false;
  onPaint(() => {
    if (used || !can(model, verb)) return;
    if (hand) {
      used = true;
      use(hand);
    }
    // Once for all views.
    bring?.(model)
      .then(giveHand)
      .then(model.repaint, (error) => announce(`Nothing can be changed here: ${error}`));
    bring = null;
  });
}
