// Made by `npm run generate` from kernelwidgets/wire/schema.py.

export type AnyCommand =
  | Edit
  | Release
  | Freeze
  | Revert
  | Mute
  | Undo
  | Redo
  | Start
  | Pause
  | Step
  | Stop
  | Restart
  | Branch
  | SetSpeed
  | SetLearningRate
  | SetProbe;
export type AnyEvent = Ack | Visible | PageError | WantHand | WantBlock | WantGif;
export type Family =
  | "all"
  | "blob"
  | "checkerboard"
  | "dead"
  | "delta"
  | "edge"
  | "gabor"
  | "line"
  | "lowpass"
  | "other"
  | "sharpen"
  | "unstructured";
export type Mode = "convolution" | "cross-correlation";
export type OptimizerState = "clear" | "keep" | "momentum";
export type PaddingMode = "circular" | "reflect" | "replicate" | "zeros";
export type PaddingWord = "full" | "same" | "valid";
export type Parameter = "bias" | "weight";
export type Part = "answers" | "curves" | "kernels" | "map" | "maps" | "probe" | "selected";
export type PoolKind = "average" | "max";
export type Quantity = "change" | "gradient" | "update" | "weight";
export type RunState = "failed" | "finished" | "idle" | "paused" | "running";
export type Show = "change" | "gradient" | "seen_through" | "spectrum" | "update" | "weight";
export type Stage = "after" | "before";
export type Taped = "bias" | "change" | "gradient" | "map_after" | "map_before" | "weight";
export type Verb =
  | "branch"
  | "edit"
  | "freeze"
  | "gif"
  | "learning_rate"
  | "maps"
  | "mute"
  | "pause"
  | "probe"
  | "restart"
  | "speed"
  | "start"
  | "step"
  | "stop"
  | "undo";
export type ViewName =
  "controls" | "feature-maps" | "kernel-editor" | "kernel-grid" | "lab" | "loss-curve" | "timeline";

/**
 * The page has painted this frame, and `painted` frames in all since its last word.
 */
export interface Ack {
  event: "ack";
  painted?: number;
  seq: number;
}
/**
 * The one answer to the command of this id: done at this `moment`, or `error` says why not.
 */
export interface Answer {
  error: string;
  id: string;
  moment: number;
  ok: boolean;
}
/**
 * Write absolute values into single cells (flat, C order of the canonical view).
 *
 * Edits of one `gesture` are one undo step. With `hold`, the cells are kept against training
 * until `Release`, or until one second passes without word of the gesture. `optimizer_state` is
 * what the optimizer forgets of the cells.
 */
export interface Edit {
  allow_nonfinite?: boolean;
  cells: number[];
  gesture?: string;
  hold?: boolean;
  layer: string;
  op: "edit";
  optimizer_state?: "clear" | "keep" | "momentum";
  parameter?: "bias" | "weight";
  values: number[];
}
/**
 * End a gesture: its held cells go back to training.
 */
export interface Release {
  gesture: string;
  op: "release";
}
/**
 * Keep cells bitwise constant, or with `on=False` let them learn again.
 */
export interface Freeze {
  cells: number[];
  layer: string;
  on?: boolean;
  op: "freeze";
  parameter?: "bias" | "weight";
}
/**
 * Put cells back to what they were when watching (or this run) began.
 */
export interface Revert {
  cells: number[];
  layer: string;
  op: "revert";
  parameter?: "bias" | "weight";
}
/**
 * Silence one output channel (weights and bias held at zero), or let it speak again.
 */
export interface Mute {
  layer: string;
  on?: boolean;
  op: "mute";
  out: number;
}
/**
 * Take the last edit back.
 */
export interface Undo {
  op: "undo";
}
/**
 * Bring back what was undone.
 */
export interface Redo {
  op: "redo";
}
/**
 * Start training, or resume where it was paused.
 */
export interface Start {
  op: "start";
}
/**
 * Wait inside the safe point.
 */
export interface Pause {
  op: "pause";
}
/**
 * Take `count` steps, then pause.
 */
export interface Step {
  count?: number;
  op: "step";
}
/**
 * End the run.
 */
export interface Stop {
  op: "stop";
}
/**
 * Begin again from exactly the same start, or with `new_seed` from another.
 */
export interface Restart {
  new_seed?: boolean;
  op: "restart";
}
/**
 * Go back to `step` of the run's history and wait there, ready to go on differently.
 */
export interface Branch {
  op: "branch";
  step: number;
}
/**
 * Limit training to so many steps per second; None is as fast as it goes.
 */
export interface SetSpeed {
  max_steps_per_s: number | null;
  op: "set_speed";
}
/**
 * Set the learning rate of every parameter group.
 */
export interface SetLearningRate {
  learning_rate: number;
  op: "set_learning_rate";
}
/**
 * Replace a probe picture by pixels (0 to 1) from the page, labeled `sample_name`.
 *
 * `pixels` are grayscale or RGB, of `size` (height, width, channels), in C order.
 */
export interface SetProbe {
  op: "set_probe";
  pixels?: number[];
  sample?: number;
  sample_name?: string;
  size?: [number, number, number] | null;
}
/**
 * What one mounted view shows now; no parts: it is hidden or gone.
 *
 * `kernels` is (first, last, first input, last input) of the visible tiles, the first two as
 * positions in `_order`; `maps` is (first, last) channel. Ends are exclusive. `nth` counts what
 * this view has said: of two words the later one holds, in whichever order they come.
 */
export interface Visible {
  event: "visible";
  kernels?: [number, number, number, number] | null;
  maps?: [number, number] | null;
  nth?: number;
  parts: ("answers" | "curves" | "kernels" | "map" | "maps" | "probe" | "selected")[];
  view: string;
}
/**
 * A view failed in the page; shown in `_message` so that nobody has to open a console.
 */
export interface PageError {
  event: "page_error";
  text: string;
  view: string;
}
/**
 * A source can be reached into; a message brings the module for that: `{"hand": code}`.
 */
export interface WantHand {
  event: "want_hand";
}
/**
 * A player lacks a block of a track of its tape; a message brings it: `{"block": …}`.
 *
 * `until` is how many frames the player knows of: meanwhile there may be more.
 */
export interface WantBlock {
  block: number;
  event: "want_block";
  track: number;
  until: number;
}
/**
 * Somebody wants five seconds from `step` on as a file; a message brings it: `{"gif": …}`.
 */
export interface WantGif {
  event: "want_gif";
  step: number;
}
/**
 * Where an array lies in the frame's bytes: C order, little-endian.
 *
 * The value of a stored number q is `q * scale + offset`; `error` is the largest rounding error
 * this brings (0 for float32), in the units of the value.
 */
export interface ArraySpec {
  dtype: "f4" | "i4" | "u1";
  error: number;
  offset: number;
  scale: number;
  shape: number[];
  start: number;
}
/**
 * A logged value over steps, thinned to buckets: first step, lowest and highest value of each.
 *
 * Values that are not finite are left out of the buckets and counted in `nonfinite`.
 */
export interface Curve {
  high: ArraySpec;
  last: number | null;
  low: ArraySpec;
  name: string;
  nonfinite: number;
  steps: ArraySpec;
}
/**
 * Every synced trait of the explorer but `_message`; those with an underscore are Python's.
 */
export interface ExplorerTraits {
  _live: LiveKernel | null;
  bias: number | number[];
  channel: number;
  dilation: number | number[];
  groups: number;
  image: NumbersHeader;
  kernel: NumbersHeader;
  mode: "convolution" | "cross-correlation";
  padding: ("full" | "same" | "valid") | number | number[];
  padding_mode: "circular" | "reflect" | "replicate" | "zeros";
  pool: ["average" | "max", number] | null;
  position: number[];
  relu: boolean;
  stride: number | number[];
}
/**
 * Where the kernel of the explorer lives in a network: its cells are edited there.
 *
 * `first` is where it begins among the weights of the layer, in C order; `text` says it in words.
 */
export interface LiveKernel {
  editable: boolean;
  first: number;
  layer: string;
  text: string;
}
/**
 * An array; beside its shape travel its numbers as `data`: float64, C order, little-endian.
 */
export interface NumbersHeader {
  shape: number[];
}
/**
 * One frame, whole: what the network held after `step`. None builds on another.
 *
 * It holds what commands did that were carried out before its `moment`.
 */
export interface FrameHeader {
  answers: Guess[][] | null;
  curves: Curve[] | null;
  kernels: KernelsPart | null;
  map: MapsPart | null;
  maps: MapsPart | null;
  moment: number;
  selected: SelectedPart | null;
  seq: number;
  step: number;
}
/**
 * One of a network's answers to a probe picture, with its share of the softmax.
 */
export interface Guess {
  label: string;
  share: number;
}
/**
 * The visible kernels of a layer: `values` has shape `(len(outs), ins[1] - ins[0], *kernel)`.
 *
 * The colors run from -limit to limit. `values` is missing while there is nothing to show
 * ("no gradient yet"); `note` says why.
 */
export interface KernelsPart {
  biases: ArraySpec | null;
  ins: [number, number];
  layer: string;
  limit: number;
  note: string;
  outs: number[];
  show: "change" | "gradient" | "update" | "weight";
  values: ArraySpec | null;
}
/**
 * Feature maps of one probe picture: `values` has shape `(outs[1] - outs[0], *map)`.
 *
 * `low` and `high` are the range over the whole layer, held over time.
 */
export interface MapsPart {
  high: number;
  layer: string;
  low: number;
  note: string;
  outs: [number, number];
  sample: number;
  stage: "after" | "before";
  values: ArraySpec | null;
}
/**
 * The selected kernel, exact. `frozen` and `held` list cells of this kernel, in C order.
 */
export interface SelectedPart {
  bias: number | null;
  bias_frozen: boolean;
  frozen: number[];
  kernel: [number, number];
  layer: string;
  limit: number;
  muted: boolean;
  values: ArraySpec;
}
/**
 * The synced traits of the gallery that no other view has.
 *
 * `image` is missing while the source's probe picture is shown, or, without one, a sample.
 */
export interface GalleryTraits {
  _hand_made: HandMade[];
  _view: "filter-gallery";
  enlarged: number;
  image: PictureHeader | null;
  resolution: number;
}
/**
 * A kernel that somebody made by hand: its `values` in C order.
 */
export interface HandMade {
  name: string;
  shape: [number, number];
  values: number[];
}
/**
 * A picture of shape (rows, columns) or (rows, columns, 3).
 *
 * Beside it travel its numbers as `data`: float32, C order, little-endian.
 */
export interface PictureHeader {
  shape: number[];
}
/**
 * The gradient of one kernel after `step`, and what it is made of.
 *
 * Arrays lie in `_data`. `weight` and `rest` have the kernel's shape; `shares` has one kernel for
 * each of `samples`, which together with `rest` add up to the gradient. `inputs` (padded) and
 * `outputs` (the gradient of the layer's output) are those of the samples in `shown`: all, or the
 * chosen one where all would be too much. A cell's share is the sum of input times output gradient
 * where the cell touched the input. `rest` is what other uses of the weights add; None where there
 * are none. Without a gradient `missing` says why. `note` is a remark, `text` says which samples
 * the loss is taken of.
 */
export interface GradientFrame {
  dilation: number[];
  first: number;
  inputs: ArraySpec | null;
  kernel: [number, number];
  layer: string;
  loss: number | null;
  missing: string;
  note: string;
  outputs: ArraySpec | null;
  padding: [number, number][];
  rest: ArraySpec | null;
  samples: string[];
  shares: ArraySpec | null;
  shown: number[];
  step: number;
  stride: number[];
  text: string;
  weight: ArraySpec | null;
}
/**
 * A layer that may be chosen, and how many filters it has, of how many kernels each.
 */
export interface GradientLayer {
  ins: number;
  name: string;
  outs: number;
}
/**
 * Every synced trait of `KernelGradient` but `_message`; those with an underscore are Python's.
 *
 * `_rate` is the learning rate of the optimizer; `_by_hand` says whether a step can be taken by
 * hand now.
 */
export interface GradientTraits {
  _by_hand: boolean;
  _gradient: GradientFrame | null;
  _layers: GradientLayer[];
  _rate: number | null;
  cell: number[];
  kernel: [number, number];
  layer: string;
  learning_rate: number | null;
  sample: number | "all";
}
/**
 * One convolution layer in the canonical view `(out, in/groups, *kernel)`.
 *
 * Spatial settings have one entry per spatial dimension. `padding` holds (before, after)
 * pairs as numbers, "same" resolved. `reads_image` is what a probe has shown; before there is one,
 * and of arrays, it is supposed of a first layer with three inputs.
 */
export interface LayerInfo {
  bias: boolean;
  dilation: number[];
  groups: number;
  in_channels: number;
  kind: string;
  name: string;
  names: string[];
  padding: [number, number][];
  padding_mode: string;
  parametrized: boolean;
  reads_image: boolean;
  shape: number[];
  stride: number[];
  text: string;
  transposed: boolean;
}
/**
 * Something that was done to a run after `step`, in words.
 */
export interface Mark {
  step: number;
  text: string;
}
/**
 * What the kernels of a layer are after `step`, each by the index of its name in `words`.
 *
 * `names` runs over (outs, ins) in C order, or over outs alone where three inputs are one `color`.
 * A name is a shape and a family, such as "│ edge", or "" where there is no more structure than in
 * noise; `stale` are places among `names` where a hand has changed the kernel since. `sentence`
 * says what the selected `kernel` is. `text` sums up; without words it says why there are none.
 */
export interface Names {
  color: boolean;
  ins: [number, number];
  kernel: [number, number];
  layer: string;
  names: number[];
  outs: number[];
  sentence: string;
  stale: number[];
  step: number;
  text: string;
  words: string[];
}
/**
 * A hand-made kernel for one kernel size: `values` in C order, largest magnitude 1.
 *
 * Where the page can make it anew from other numbers, `maker` names its function among
 * `kw.filters`, and `parameters` holds the arguments of `values`.
 */
export interface Preset {
  maker: string;
  name: string;
  parameters: PresetParameter[];
  values: number[];
}
/**
 * A number that a hand-made kernel depends on, and the range of a slider for it.
 */
export interface PresetParameter {
  high: number;
  label: string;
  low: number;
  name: string;
  step: number;
  unit: string;
  value: number;
}
/**
 * The probe picture on show, as the network receives it: `(channels, *size)`.
 *
 * `low` and `high` are the values painted black and white.
 */
export interface ProbeHeader {
  high: number;
  low: number;
  sample: number;
  values: ArraySpec;
}
/**
 * What a source is: its layers, and the verbs that it understands.
 *
 * `presets` is keyed by kernel size ("7x7"; "5" in 1-D). `samples` are the labels of the probe
 * pictures, in their order.
 */
export interface SourceInfo {
  about: string;
  layers: LayerInfo[];
  presets: {
    [k: string]: Preset[];
  };
  quantities: ("change" | "gradient" | "update" | "weight")[];
  samples: string[];
  title: string;
  verbs: (
    | "branch"
    | "edit"
    | "freeze"
    | "gif"
    | "learning_rate"
    | "maps"
    | "mute"
    | "pause"
    | "probe"
    | "restart"
    | "speed"
    | "start"
    | "step"
    | "stop"
    | "undo"
  )[];
}
/**
 * How the run goes. `text` says it in words, `hint` how to get what is missing, or "".
 */
export interface Status {
  cost_text: string;
  error: string;
  hint: string;
  learning_rate: number | null;
  max_steps_per_s: number | null;
  redo: number;
  score_text: string;
  state: "failed" | "finished" | "idle" | "paused" | "running";
  step: number;
  steps_per_s: number | null;
  text: string;
  undo: number;
}
/**
 * Best guesses: of `labels` and in shares of 10,000, both of shape (time, samples, guesses).
 *
 * A label below zero is no guess.
 */
export interface TapeAnswers {
  labels: ArraySpec;
  shares: ArraySpec;
  words: string[];
}
/**
 * An array as it changes: one level for each cell, from `start` among the levels of a frame.
 *
 * Level 0 is no finite number; 1 to 255 run from the lowest to the highest color of that frame's
 * range, as those of a palette do.
 */
export interface TapeArray {
  quantity: "bias" | "change" | "gradient" | "map_after" | "map_before" | "weight";
  sample: number;
  shape: number[];
  start: number;
}
/**
 * A recording for the page.
 *
 * Of its bytes the first are what does not change, deflated, `still` of them: probe pictures,
 * curves, answers. `text` says how exact it is. Of a recording that has grown since, curves and
 * answers lie in bytes of their own.
 */
export interface TapeHeader {
  answers: TapeAnswers | null;
  curves: Curve[];
  info: SourceInfo;
  marks: Mark[];
  names: Names[];
  probe: ProbeHeader[];
  steps: number[];
  still: number;
  text: string;
  tracks: TapeTrack[];
  version: 1;
}
/**
 * What is known of one layer in every frame.
 *
 * The levels of `per_block` frames are one block: that of its first frame, then one code for each
 * two cells of each further frame, then the levels that codes do not reach. A code below 225 is
 * `(a + 7) * 15 + b + 7`, where a and b are the differences to the frame before in units of
 * `stride` levels; 255 takes the next two of the further levels.
 * Blocks are deflated, and lie at `blocks` in the tape's bytes; where there are none they are sent
 * when asked for. `start` are the weights that changes are counted from; None: the first frame's.
 * A tape of one frame may hold arrays `exact`, beside their levels.
 */
export interface TapeTrack {
  arrays: TapeArray[];
  blocks: [number, number][];
  exact: {
    [k: string]: ArraySpec;
  };
  layer: string;
  levels: number;
  per_block: number;
  ranges: {
    [k: string]: TapeRange[];
  };
  start: ArraySpec | null;
  stride: number;
}
/**
 * From frame `first` on, the colors of a quantity run from `low` to `high`.
 */
export interface TapeRange {
  first: number;
  high: number;
  low: number;
}
/**
 * What a scrubber runs over: from step `first` to `last`, by the recorded `steps`.
 *
 * No `steps`: any step between shows the moment before it.
 */
export interface Timeline {
  first: number;
  last: number;
  marks: Mark[];
  steps: number[];
}
/**
 * Every synced trait of every view, by name; a view has those that it uses.
 *
 * Names with an underscore are written by Python only. The others are controls: Python and the
 * page both set them, and the last writer wins.
 */
export interface Traits {
  _frame: FrameHeader | null;
  _info: SourceInfo | null;
  _message: string;
  _names: Names | null;
  _order: number[];
  _probe: ProbeHeader | null;
  _status: Status | null;
  _timeline: Timeline | null;
  _view:
    | "controls"
    | "feature-maps"
    | "kernel-editor"
    | "kernel-grid"
    | "lab"
    | "loss-curve"
    | "timeline";
  at: number | null;
  cell_px: number | null;
  columns: number | null;
  family:
    | "all"
    | "blob"
    | "checkerboard"
    | "dead"
    | "delta"
    | "edge"
    | "gabor"
    | "line"
    | "lowpass"
    | "other"
    | "sharpen"
    | "unstructured";
  labels: boolean;
  layer: string;
  logarithmic: boolean;
  loop: boolean;
  map_scale: "map" | "shared";
  numbers: boolean;
  only: number[] | null;
  palette: "PuOr" | "RdBu" | "gray";
  playing: boolean;
  present: boolean;
  rgb: boolean;
  sample: number;
  scale: "kernel" | "layer";
  selected: [number, number];
  show: "change" | "gradient" | "seen_through" | "spectrum" | "update" | "weight";
  sort: "change" | "family" | "index" | "norm";
  speed: number;
  stage: "after" | "before";
  tool: "brush" | "value";
}
