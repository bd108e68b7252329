// Functions of the platform that are used often: here each gets a name that minifies to one letter.
export const {
  abs: Math_abs,
  ceil: Math_ceil,
  floor: Math_floor,
  log10: Math_log10,
  max: Math_max,
  min: Math_min,
  round: Math_round,
} = Math;
export const { isFinite: Number_isFinite, parseFloat: Number_parseFloat } = Number;
export const { from: Array_from } = Array;
export const { stringify: JSON_stringify } = JSON;
