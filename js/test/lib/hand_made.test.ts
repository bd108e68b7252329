import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { handMade } from "../../src/lib/hand_made";
import { unitNorm } from "../../src/lib/kernel_ops";

interface Case {
  maker: string;
  shape: number[];
  arguments: Record<string, number>;
  values: number[];
}
const { cases } = JSON.parse(readFileSync("../tests/fixtures/hand_made.json", "utf8")) as {
  cases: Case[];
};

test.each(cases)("agrees with kw.filters: $maker at $shape", (one) => {
  const made = unitNorm(handMade(one.maker, one.arguments, one.shape), one.shape);
  expect(made).toHaveLength(one.values.length);
  made.forEach((value, i) => {
    expect(value).toBeCloseTo(one.values[i]!, 6);
  });
});
