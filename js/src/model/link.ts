import type { Answer, AnyCommand, AnyEvent } from "../generated/schema";
import type { HostModel } from "./host";

/** The way to Python: commands and their answers, events, and whether anybody is still there. */
export interface Link {
  /** Sends a command; resolves to its answer (never rejects: a lost kernel is an answer, too). */
  command(command: AnyCommand): Promise<Answer>;
  event(event: AnyEvent): void;
  /** Asks Python for the code of the module that only a hand needs. */
  handCode(): Promise<string>;
  /** Sends the controls that were set. */
  save(): void;
  /** Whether the host can no longer reach Python; what was last received stays. */
  isLost(): boolean;
}

const ANSWER_TIMEOUT_MS = 5000;

/** Calls `onChange` when Python is lost, or found again. */
export function createLink(host: HostModel, onChange: () => void): Link {
  const waiting = new Map<string, (answer: Answer) => void>();
  const prefix = Math.random().toString(36).slice(2, 8);
  let count = 0;
  let lost = false;

  /** Hosts throw when their kernel is gone. */
  const reach = (call: () => void): void => {
    const before = lost;
    try {
      call();
      lost = false;
    } catch {
      lost = true;
    }
    if (lost !== before) onChange();
  };
  let take: ((code: string) => void) | null = null;
  const askForHand = (): void => {
    if (take) reach(() => host.send({ event: "want_hand" } satisfies AnyEvent));
  };
  host.on("msg:custom", ({ answer, hand }: { answer?: Answer; hand?: string }) => {
    if (answer) waiting.get(answer.id)?.(answer);
    if (hand) {
      take?.(hand);
      take = null;
    }
  });
  // Perhaps Python could not be reached when it was asked.
  host.on("comm_live_update", askForHand);

  return {
    command(command) {
      const id = `${prefix}-${++count}`;
      return new Promise((resolve) => {
        const settle = (answer: Answer): void => {
          clearTimeout(timer);
          waiting.delete(id);
          resolve(answer);
        };
        const fail = (error: string): void => settle({ id, ok: false, moment: 0, error });
        const timer = setTimeout(fail, ANSWER_TIMEOUT_MS, "no answer from the kernel yet");
        waiting.set(id, settle);
        reach(() => host.send({ id, ...command }));
        if (lost) fail("the kernel is gone");
      });
    },
    handCode: () =>
      new Promise((resolve) => {
        take = resolve;
        askForHand();
      }),
    event: (event) => reach(() => host.send(event)),
    save: () => reach(() => host.save_changes()),
    isLost: () => lost,
  };
}
