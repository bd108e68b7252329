import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { connect, type Model } from "../../src/model/model";
import { mount } from "../../src/views/mount";
import type { CreateView } from "../../src/views/view";
import { FakeHost, nextFrame } from "../fake_host";
import { type Page, packer, publish, standIn } from "../page";

let page: Page;
let host: FakeHost;
let model: Model;
let unmount: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  page = standIn();
  host = new FakeHost();
  model = connect(host);
});
afterEach(() => {
  unmount();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  document.body.replaceChildren();
});
const viewOf =
  (paint: () => void): CreateView =>
  ({ show, onPaint }) => {
    show({ parts: ["kernels"] });
    onPaint(paint);
    return { node: document.createElement("p") };
  };
const events = (name: string): object[] => host.sent.filter((message) => message.event === name);

test("a view that throws while painting says so; the others go on and the frame is acknowledged", () => {
  const painted = vi.fn();
  const broken: CreateView = (context) => {
    const views = [
      viewOf(() => {
        throw new RangeError("no such row");
      })(context.child()),
      viewOf(painted)(context.child()),
    ];
    const node = document.createElement("div");
    node.append(...views.map((view) => view.node));
    return { node };
  };
  unmount = mount("lab", broken, model, document.body);
  publish(host, packer(), {});
  expect(painted).toHaveBeenCalled();
  expect(events("ack")).toHaveLength(1);
  expect(events("page_error")[0]).toMatchObject({ view: "lab", text: "RangeError: no such row" });
  expect(document.querySelector("[role=alert]")!.textContent).toContain("no such row");
  expect(document.querySelector("[data-kw-step]")!.getAttribute("data-kw-step")).toBe("7");
});

test("a view that throws while it is made leaves a word and no trace after unmounting", () => {
  unmount = mount(
    "controls",
    () => {
      throw new Error("cannot start");
    },
    model,
    document.body,
  );
  nextFrame();
  expect(document.querySelector("[role=alert]")!.textContent).toContain("cannot start");
  unmount();
  expect(document.body.childElementCount).toBe(0);
});

test("each view inside a view tells for itself what is visible", () => {
  const pair: CreateView = (context) => {
    const node = document.createElement("div");
    for (const child of [context.child(), context.child()]) viewOf(() => {})(child);
    return { node };
  };
  unmount = mount("lab", pair, model, document.body);
  page.showOnScreen(true);
  const seen = events("visible") as { view: string; parts: string[] }[];
  expect(new Set(seen.filter(({ parts }) => parts.length).map(({ view }) => view)).size).toBe(2);
  page.showOnScreen(false);
  expect((events("visible").slice(-2) as { parts: string[] }[]).map(({ parts }) => parts)).toEqual([
    [],
    [],
  ]);
});

test("a page that is left says at once that nothing is visible any more", () => {
  unmount = mount(
    "kernel-grid",
    viewOf(() => {}),
    model,
    document.body,
  );
  page.showOnScreen(true);
  expect(events("visible").at(-1)).toMatchObject({ parts: ["kernels"] });
  window.dispatchEvent(new Event("pagehide"));
  expect(events("visible").at(-1)).toMatchObject({ parts: [] });
  // Counted, for the kernel's threads may hear it in another order.
  const counts = (events("visible") as { nth: number }[]).map(({ nth }) => nth);
  expect(counts).toEqual(counts.map((_, before) => before + 1));
});
