import type { GradientTraits } from "../generated/schema";
import type { HostModel } from "../model/host";
import { connect, type Model } from "../model/model";
import { type Facts, readFacts } from "./facts";

type Control = Exclude<keyof GradientTraits, `_${string}`>;

/** The state that is shared with Python. */
export interface Store {
  get<K extends keyof GradientTraits>(name: K): GradientTraits[K];
  /** Sets controls, here at once and in Python with the next display frame. */
  set(state: Partial<Pick<GradientTraits, Control>>): void;
  /** The newest gradient, decoded; null where there is none, and `missing` says why. */
  readonly facts: Facts | null;
  readonly missing: string;
}

/** Connects to the widget: its state, and what mounted views need of a model. */
export function connectGradient(host: HostModel): { store: Store; model: Model } {
  const model = connect(host);
  let known: GradientTraits["_gradient"] = null;
  let facts: Facts | null = null;

  return {
    store: {
      get: (name) => model.get(name as never),
      set(state) {
        for (const [name, value] of Object.entries(state)) model.set(name as never, value as never);
      },
      get facts() {
        const header = model.get("_gradient" as never) as GradientTraits["_gradient"];
        if (header !== known) {
          known = header;
          facts = header && readFacts(header, host.get("_data") as DataView, facts?.unit);
        }
        return facts;
      },
      get missing() {
        return (model.get("_gradient" as never) as GradientTraits["_gradient"])?.missing ?? "";
      },
    },
    model,
  };
}
