import { expect, test, vi } from "vitest";
import { decodeBytes } from "../../src/lib/base64";
import { createLink } from "../../src/model/link";
import { createStaticHost } from "../../src/model/static_host";

test("what is set is kept and told", () => {
  const host = createStaticHost({ layer: "conv1" });
  const heard = vi.fn();
  host.on("change:layer", heard);
  host.set("layer", "conv2");
  expect(host.get("layer")).toBe("conv2");
  expect(heard).toHaveBeenCalledTimes(1);
  host.off("change:layer", heard);
  host.set("layer", "conv3");
  expect(heard).toHaveBeenCalledTimes(1);
});

test("a command is answered: nobody is there to carry it out", async () => {
  const link = createLink(createStaticHost({}), () => {});
  link.event({ event: "ack", seq: 1, painted: 1 });
  const answer = await link.command({ op: "undo" });
  expect(answer).toMatchObject({ ok: false, error: "nothing runs behind this page" });
});

test("bytes come out of base64 as they went in", () => {
  expect([...decodeBytes("AP8Qfw==")]).toEqual([0, 255, 16, 127]);
});
