import type { Answer, AnyCommand, AnyEvent } from "../generated/schema";
import type { HostModel } from "./host";

/** The way to Python: commands and their answers, events, and whether anybody is still there. */
export interface Link {
  /**
   * Sends a command once all before it are answered, so that none overtakes another; resolves to
   * its answer (never rejects: a lost kernel is an answer, too).
   */
  command(command: AnyCommand): Promise<Answer>;
  event(event: AnyEvent): void;
  /** Sends the controls that were set. */
  save(): void;
  /** Whether the host can no longer reach Python; what was last received stays. */
  isLost(): boolean;
}

const ANSWER_TIMEOUT_MS = 5000;

/** Calls `onChange` when Python is lost, or found again. */
export function createLink(host: HostModel, onChange: () => void): Link {
  /** Commands in their order; the first is on its way. */
  const queue: (() => void)[] = [];
  const prefix = Math.random().toString(36).slice(2, 8);
  let count = 0;
  let settle: ((answer: Answer) => void) | null = null;
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
  host.on("msg:custom", ({ answer }: { answer?: Answer }) => {
    if (answer?.id === `${prefix}-${count}`) settle?.(answer);
  });

  return {
    command: (command) =>
      new Promise((resolve) => {
        const send = (): void => {
          const id = `${prefix}-${++count}`;
          const fail = (error: string): void => settle?.({ id, ok: false, step: 0, error });
          const timer = setTimeout(fail, ANSWER_TIMEOUT_MS, "no answer from the kernel yet");
          settle = (answer) => {
            clearTimeout(timer);
            settle = null;
            queue.shift();
            resolve(answer);
            queue[0]?.();
          };
          reach(() => host.send({ id, ...command }));
          if (lost) fail("the kernel is gone");
        };
        if (queue.push(send) === 1) send();
      }),
    event: (event) => reach(() => host.send(event)),
    save: () => reach(() => host.save_changes()),
    isLost: () => lost,
  };
}
