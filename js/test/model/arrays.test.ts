import { expect, test } from "vitest";
import { decodeArray } from "../../src/model/arrays";

const spec = { shape: [2, 2], start: 0, scale: 1, offset: 0, error: 0 };

function at(offset: number, source: ArrayBuffer): DataView {
  const bytes = new Uint8Array(source.byteLength + offset);
  bytes.set(new Uint8Array(source), offset);
  return new DataView(bytes.buffer, offset);
}

test.each([0, 1, 2, 3, 4])("floats are read wherever their bytes start: %i", (offset) => {
  const floats = Float32Array.from([1.5, -2, 1e-8, Number.NaN]);
  const { data, shape, error } = decodeArray({ ...spec, dtype: "f4" }, at(offset, floats.buffer));
  expect(Array.from(data)).toEqual(Array.from(floats));
  expect([shape, error]).toEqual([[2, 2], 0]);
});

test("integers stay integers, from the middle of a frame", () => {
  const whole = Int32Array.from([9, 9, -7, 2 ** 30, 0, 5]);
  const bytes = at(1, whole.buffer);
  const { data } = decodeArray({ ...spec, dtype: "i4", start: 8 }, bytes);
  expect(Array.from(data)).toEqual([-7, 2 ** 30, 0, 5]);
});

test("8-bit values come back with the error that they carry", () => {
  const bytes = at(3, Uint8Array.from([0, 128, 255, 1]).buffer);
  const part = { ...spec, dtype: "u1" as const, scale: 0.01, offset: -1, error: 0.005 };
  const { data, error } = decodeArray(part, bytes);
  [-1, 0.28, 1.55, -0.99].forEach((value, i) => {
    expect(data[i]).toBeCloseTo(value, 6);
  });
  expect(error).toBe(0.005);
});
