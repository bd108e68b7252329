const MINUS = "−";
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/**
 * A number with `digits` significant digits, fewer where `error` (the largest rounding error that
 * its array brings) does not support them: −0.21, 1.5×10⁻⁵, ∞.
 */
export function number(value: number, error = 0, digits = 3): string {
  const size = Math.abs(value);
  const exponent = size > 0 ? Math.floor(Math.log10(size)) : 0;
  if (size === 0 && error === 0) return "0";
  if (size > 0 && size <= error) return fixed(value, decimals(error, error));
  if (!Number.isFinite(value) || (exponent >= -4 && exponent <= 5)) {
    return fixed(value, decimals(size, error, digits));
  }
  const places = Math.min(digits - 1, decimals(size, error) + exponent);
  const power = [...String(Math.abs(exponent))]
    .map((digit) => SUPERSCRIPTS[Number(digit)])
    .join("");
  return `${fixed(value / 10 ** exponent, places)}×10${exponent < 0 ? "⁻" : ""}${power}`;
}

/** A number with so many decimals and a true minus; what rounds to zero has no sign. */
export function fixed(value: number, places: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  const text = Math.abs(value).toFixed(Math.max(0, Math.min(20, places)));
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/**
 * How many decimals show `digits` significant digits of a number of this size, and no more than a
 * rounding error of `error` leaves true.
 */
export function decimals(size: number, error = 0, digits = 3): number {
  const wanted = size > 0 ? digits - 1 - Math.floor(Math.log10(size)) : digits - 1;
  const supported = error > 0 ? Math.floor(-Math.log10(2 * error)) : wanted;
  return Math.max(0, Math.min(wanted, supported));
}

/** A shape in words: 7×7. */
export function shape(sizes: readonly number[]): string {
  return sizes.join("×");
}

/** A share between 0 and 1 in percent: 98 %; neither end is claimed unless it is reached. */
export function percent(share: number): string {
  if (!Number.isFinite(share)) return notFinite(share);
  const whole = Math.round(100 * share);
  if (whole === 0 && share > 0) return "<1\u00a0%";
  if (whole === 100 && share < 1) return ">99\u00a0%";
  return `${fixed(whole, 0)}\u00a0%`;
}

export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A number with so many significant digits. */
export function rounded(value: number, digits: number): number {
  return Number(value.toPrecision(digits));
}

/** What there is to say, in one line; what is empty is left out. */
export function joined(words: readonly unknown[], between = " · "): string {
  return words.filter(Boolean).join(between);
}

function notFinite(value: number): string {
  return Number.isNaN(value) ? "NaN" : value < 0 ? `${MINUS}∞` : "∞";
}
