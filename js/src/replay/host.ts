import type {
  AnyCommand,
  AnyEvent,
  Names,
  Status,
  TapeHeader,
  Timeline,
  Traits,
  Visible,
} from "../generated/schema";
import type { Values } from "../model/arrays";
import type { HostModel } from "../model/host";
import { createClock } from "./clock";
import { type Composed, composeFrame, type Shown } from "./frame";
import { type LayerFrame, layerFrame } from "./layer_frame";
import { createMaps } from "./maps";
import { isOf, namesAt, orderBy, withStale } from "./order";
import { createOverlay } from "./overlay";
import { createProbes } from "./probes";
import type { Tape } from "./tape";

type Message = (AnyCommand | AnyEvent) & { id?: string };

/** Controls on which a frame depends. */
const CHOICES = [
  "layer",
  "selected",
  "show",
  "sort",
  "only",
  "family",
  "stage",
  "sample",
  "_tape_names",
];

function timelineOf({ steps, marks }: TapeHeader): Timeline {
  return { first: steps[0]!, last: steps.at(-1)!, steps, marks };
}

/**
 * A model that plays a tape in the page: at every moment it holds what Python would have sent of a
 * live one, so that the same views draw it. Controls are kept by `base`; a hand's edits lie over
 * what was recorded until the play head moves.
 */
export function createReplayHost(tape: Tape, base: HostModel): HostModel {
  const overlay = createOverlay();
  const probes = createProbes(tape);
  const maps = createMaps();
  const listeners = new Map<string, Set<(...args: never[]) => void>>();
  const views = new Map<string, Visible>();
  let timeline = timelineOf(tape.header);
  let index = frameAt(base.get("at"));
  /** Where the play head goes as soon as that has come. */
  let target: number | null = null;
  let composed: Composed | null = null;
  let held: { layer: LayerFrame; index: number } | null = null;
  let sorted: { key: string; order: number[] } | null = null;
  let [dirty, seq, failure] = [true, 0, ""];

  function lastFrame(): number {
    return tape.header.steps.length - 1;
  }
  function frameAt(step: unknown): number {
    if (typeof step !== "number") return lastFrame();
    return Math.max(
      0,
      tape.header.steps.findLastIndex((each) => each <= step),
    );
  }
  const stepNow = (): number => tape.header.steps[index]!;
  const control = <K extends keyof Traits>(name: K, none: Traits[K]): Traits[K] =>
    (base.get(name) as Traits[K] | undefined) ?? none;
  const emit = (name: string, content?: unknown): void => {
    for (const call of [...(listeners.get(name) ?? [])]) call(content as never);
  };
  const refresh = (): void => {
    dirty = true;
    emit("change:_frame");
  };
  const edited = (): void => {
    held = null;
    refresh();
    emit("change:_status");
  };

  const nameOfLayer = (): string => {
    const name = control("layer", "");
    const { layers } = tape.header.info;
    return (layers.find((layer) => layer.names.includes(name)) ?? layers[0])?.name ?? "";
  };
  const present = (): LayerFrame | null => {
    const name = nameOfLayer();
    if (held?.index !== index || held.layer.info.name !== name) {
      const layer = layerFrame(tape, overlay, name, index);
      // While levels come, what was on show stays.
      if (layer) held = { layer, index };
      else if (held?.layer.info.name !== name) held = null;
    }
    return held?.layer ?? null;
  };
  /** Sorted when the control is set, as it is live: kernels do not jump about while they learn. */
  const order = (layer: LayerFrame): number[] => {
    const [sort, show] = [control("sort", "index"), control("show", "weight")];
    const names = namesNow();
    const key = [layer.info.name, sort, show, sort === "family" && names !== null].join(" ");
    if (sorted?.key !== key) sorted = { key, order: orderBy({ sort, show }, layer, names) };
    const [only, family] = [control("only", null), control("family", "all")];
    return sorted.order.filter(
      (out) =>
        (!only || only.includes(out)) && (family === "all" || isOf(family, layer, names, out)),
    );
  };
  /** Names that came with the tape, or after it. */
  const namesNow = (): Names | null => {
    const later = (base.get("_tape_names") ?? []) as Names[];
    return namesAt([...tape.header.names, ...later], nameOfLayer(), stepNow());
  };
  const named = (): Names | null => {
    const names = control("labels", false) ? namesNow() : null;
    const edited = overlay.values(nameOfLayer(), "weight");
    const layer = tape.header.info.layers.find(({ name }) => name === nameOfLayer());
    if (!names || !layer || edited.size === 0) return names;
    const cells = layer.shape.slice(2).reduce((product, size) => product * size, 1);
    return withStale(names, edited.keys(), cells);
  };
  const shown = (): Shown => {
    const seen = [...views.values()];
    const spans = seen.flatMap(({ maps }) => (maps ? [maps] : []));
    return {
      parts: new Set(seen.flatMap(({ parts }) => parts)),
      maps:
        spans.length > 0
          ? [Math.min(...spans.map(([first]) => first)), Math.max(...spans.map(([, end]) => end))]
          : null,
    };
  };
  const picture = (): Values | null => probes.picture(control("sample", 0));
  const compose = (): Composed | null => {
    // Nobody has said what can be seen.
    if (!dirty || views.size === 0) return composed;
    const layer = present();
    if (!layer && tape.header.info.layers.length > 0) return composed;
    dirty = false;
    composed = composeFrame(
      tape,
      held?.index ?? index,
      ++seq,
      layer,
      layer ? order(layer) : [],
      {
        selected: control("selected", [0, 0]),
        show: control("show", "weight"),
        stage: control("stage", "before"),
        sample: control("sample", 0),
      },
      shown(),
      picture(),
      maps,
    );
    if (!composed.complete) requestAnimationFrame(refresh);
    return composed;
  };

  const hasCome = (frame: number): boolean => {
    const track = tape.header.tracks.findIndex(({ layer }) => layer === nameOfLayer());
    return track < 0 || tape.levels(track, frame) !== null;
  };
  const isEdited = (): boolean => overlay.undoCount() + overlay.redoCount() > 0;
  const seek = (next: number): void => {
    target = null;
    if (next === index) return;
    index = next;
    if (overlay.clear()) edited();
    else refresh();
    emit("change:_status");
  };
  const playing = (): boolean => control("playing", false);
  const clock = createClock({
    get count() {
      return tape.header.steps.length;
    },
    index: () => index,
    show(next) {
      if (!hasCome(next)) return false;
      seek(next);
      base.set("at", stepNow());
      return true;
    },
    speed: () => control("speed", 1),
    loops: () => control("loop", false),
    stop() {
      base.set("playing", false);
      base.save_changes();
    },
  });
  const mind = (): void =>
    clock.run(playing() && [...views.values()].some(({ parts }) => parts.length > 0));

  const words = (): string => {
    if (lastFrame() > 0) return `step ${stepNow()} of ${timeline.last}`;
    return stepNow() ? `step ${stepNow()}` : "";
  };
  const status = (): Status => ({
    state: "idle",
    text: words(),
    hint: "",
    error: failure,
    step: stepNow(),
    steps_per_s: null,
    cost_text: "",
    learning_rate: null,
    max_steps_per_s: null,
    undo: overlay.undoCount(),
    redo: overlay.redoCount(),
    score_text: "",
  });
  const own: Record<string, () => unknown> = {
    _info: probes.info,
    _status: status,
    _timeline: () => timeline,
    _frame: () => compose()?.header ?? base.get("_frame"),
    _data: () => compose()?.bytes ?? base.get("_data"),
    _probe: () => probes.header(control("sample", 0)),
    _probe_data: () => probes.bytes(control("sample", 0)),
    _order: () => (held ? order(held.layer) : []),
    _names: named,
  };

  const take = (message: Message): void => {
    if ("event" in message) {
      if (message.event === "want_gif") base.send(message);
      if (message.event === "visible") {
        if (message.parts.length > 0) views.set(message.view, message);
        else views.delete(message.view);
        mind();
        refresh();
      }
      return;
    }
    const error = message.op === "set_probe" ? probes.replace(message) : overlay.apply(message);
    if (message.op === "set_probe") emit("change:_probe");
    edited();
    const answer = {
      id: message.id,
      ok: error === "",
      moment: seq,
      error: error ?? "this is a recording: nothing trains here",
    };
    queueMicrotask(() => emit("msg:custom", { answer }));
  };

  for (const name of CHOICES) base.on(`change:${name}`, refresh);
  base.on("change:sample", () => emit("change:_probe"));
  base.on("change:at", () => {
    if (base.get("at") !== stepNow()) seek(frameAt(base.get("at")));
  });
  base.on("change:playing", () => {
    if (playing() && index === lastFrame()) seek(0);
    mind();
  });
  /** Goes to the end as soon as that has come, unless a hand has changed what is on show. */
  const follow = (): void => {
    if (isEdited()) target = null;
    while (target !== null && hasCome(target)) {
      index = target;
      target = index < lastFrame() ? lastFrame() : null;
      if (base.get("at") != null) {
        base.set("at", stepNow());
        base.save_changes();
      }
      emit("change:_status");
    }
  };
  tape.onGrow((before) => {
    const step = before.steps[index]!;
    const wasLast = index === before.steps.length - 1;
    timeline = timelineOf(tape.header);
    if (stepNow() !== step) {
      // Frames were forgotten.
      held = null;
      index = frameAt(step);
      target = target && lastFrame();
    }
    if (wasLast) target ??= lastFrame();
    // The last one is another one now.
    if (isEdited() && base.get("at") == null) base.set("at", stepNow());
    for (const name of ["_info", "_timeline", "_status"]) emit(`change:${name}`);
  });
  tape.onArrive((error) => {
    failure = error;
    follow();
    emit("change:_probe");
    refresh();
  });

  return {
    get: (key) => (own[key] ? own[key]() : base.get(key)),
    set: (key, value) => base.set(key, value),
    save_changes: () => base.save_changes(),
    send: (content) => take(content as Message),
    on(name, callback) {
      const known = listeners.get(name) ?? new Set();
      listeners.set(name, known.add(callback));
      base.on(name, callback);
    },
    off(name, callback) {
      listeners.get(name)?.delete(callback);
      base.off(name, callback);
    },
  };
}
