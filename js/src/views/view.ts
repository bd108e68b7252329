import type { Visible } from "../generated/schema";
import type { Model } from "../model/model";
import type { Theme } from "../ui/theme";

/** What a view shows now, as told to the source; null: nothing. */
export type Shown = Omit<Visible, "event" | "view"> | null;

/** What a view is given: the model that it draws, and its ways to speak. */
export interface Context {
  readonly model: Model;
  readonly theme: Theme;
  /** Paints with each display frame before which anything has changed, until the view ends. */
  onPaint(paint: () => void): void;
  /** Called when the view is taken away. */
  onEnd(call: () => void): void;
  /** Says what is on show, so that it is sent; nothing else is. */
  show(shown: Shown): void;
  /** Writes into the fixed status line (hover and focus: often). */
  say(text: string): void;
  /** Speaks to screen readers and writes into the status line (seldom). */
  announce(text: string): void;
  /** The context of a view inside this one: the same, but for what it shows. */
  child(): Context;
}

/** A mounted view: its element. */
export interface View {
  readonly node: HTMLElement;
}

/** Every view is a function of its context; the Lab mounts the same functions on one model. */
export type CreateView = (context: Context) => View;
