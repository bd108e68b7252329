// What of the platform is used often: here each gets a name that minifies to one letter.
export const {
  PI: Math_PI,
  abs: Math_abs,
  ceil: Math_ceil,
  cos: Math_cos,
  floor: Math_floor,
  hypot: Math_hypot,
  log: Math_log,
  log10: Math_log10,
  max: Math_max,
  min: Math_min,
  round: Math_round,
  sin: Math_sin,
} = Math;
export const { isFinite: Number_isFinite, parseFloat: Number_parseFloat } = Number;
export const { from: Array_from } = Array;
export const { stringify: JSON_stringify } = JSON;
export const {
  Float64Array: Float64Array_,
  Uint32Array: Uint32Array_,
  clearTimeout: clearTimeout_,
  setTimeout: window_setTimeout,
} = globalThis;
