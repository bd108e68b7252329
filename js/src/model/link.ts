import type { Ack, Answer, AnyCommand, PageError, Visible } from "../generated/schema";
import type { HostModel } from "./host";

/** The way to Python: commands and their answers, events, and whether anybody is still there. */
export interface Link {
  /** Sends a command; resolves to its answer (never rejects: a lost kernel is an answer, too). */
  command(command: AnyCommand): Promise<Answer>;
  event(event: Ack | Visible | PageError): void;
  /** Sends the controls that were set. */
  save(): void;
  /** Whether the host can no longer reach Python; what was last received stays. */
  readonly lost: boolean;
  /** Calls back when Python is lost, or found again; returns the call that ends it. */
  onLost(callback: () => void): () => void;
}

const ANSWER_TIMEOUT_MS = 5000;

export function createLink(host: HostModel): Link {
  const waiting = new Map<string, (answer: Answer) => void>();
  const prefix = Math.random().toString(36).slice(2, 8);
  const losers = new Set<() => void>();
  let count = 0;
  let lost = false;

  /** Hosts throw when their kernel is gone; gives whether it went well. */
  const reach = (send: () => void): boolean => {
    let gone = false;
    try {
      send();
    } catch {
      gone = true;
    }
    if (gone !== lost) {
      lost = gone;
      for (const call of [...losers]) call();
    }
    return !gone;
  };
  host.on("msg:custom", (content: { answer?: Answer }) => {
    if (content.answer) waiting.get(content.answer.id)?.(content.answer);
  });

  return {
    command(command) {
      const id = `${prefix}-${++count}`;
      return new Promise((resolve) => {
        const settle = (answer: Answer): void => {
          clearTimeout(timer);
          waiting.delete(id);
          resolve(answer);
        };
        const fail = (error: string): void => settle({ id, ok: false, step: 0, error });
        const timer = setTimeout(fail, ANSWER_TIMEOUT_MS, "no answer from the kernel yet");
        waiting.set(id, settle);
        if (!reach(() => host.send({ id, ...command }))) fail("the kernel is gone");
      });
    },
    event: (event) => void reach(() => host.send(event)),
    save: () => void reach(() => host.save_changes()),
    get lost() {
      return lost;
    },
    onLost(callback) {
      losers.add(callback);
      return () => losers.delete(callback);
    },
  };
}
