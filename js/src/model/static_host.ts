import type { HostModel } from "./host";

/** A model without a kernel behind it: it keeps what is set, tells whoever listens, and no more. */
export function createStaticHost(state: Record<string, unknown>): HostModel {
  const values = new Map(Object.entries(state));
  const listeners = new Map<string, Set<(...args: never[]) => void>>();
  const emit = (name: string, content?: unknown): void => {
    for (const call of [...(listeners.get(name) ?? [])]) call(content as never);
  };
  return {
    get: (key) => values.get(key),
    set(key, value) {
      values.set(key, value);
      emit(`change:${key}`);
    },
    save_changes() {},
    send(content) {
      const { id, op } = content as { id?: string; op?: string };
      if (!op) return;
      const error = "nothing runs behind this page";
      queueMicrotask(() => emit("msg:custom", { answer: { id, ok: false, moment: 0, error } }));
    },
    on(name, callback) {
      const known = listeners.get(name) ?? new Set();
      listeners.set(name, known.add(callback));
    },
    off(name, callback) {
      listeners.get(name)?.delete(callback);
    },
  };
}
