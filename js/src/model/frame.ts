import type { ArraySpec, FrameHeader } from "../generated/schema";
import type { Values } from "./arrays";

/** One frame: its header, and its arrays decoded when first asked for. */
export interface Frame {
  readonly header: FrameHeader;
  array(spec: ArraySpec): Values;
}
