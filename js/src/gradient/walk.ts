/** A walk through the cells of a kernel, by hand or by itself. */
export interface Walk {
  /** So many cells are done; all of them while nobody walks. */
  readonly done: number;
  readonly playing: boolean;
  toggle(): void;
  by(cells: number): void;
  /** Ends the walk: all cells are done. */
  rest(): void;
}

const EACH_MS = 700;

/** `goTo` chooses a cell; `count` is how many there are. */
export function createWalk(count: () => number, goTo: (cell: number) => void): Walk {
  let done = Number.POSITIVE_INFINITY;
  let timer = 0;

  const pause = (): void => {
    clearTimeout(timer);
    timer = 0;
  };
  const to = (next: number): void => {
    done = Math.max(1, Math.min(count(), next));
    goTo(done - 1);
  };
  const go = (): void => {
    timer = window.setTimeout(() => {
      to(done + 1);
      if (done < count()) go();
      else timer = 0;
    }, EACH_MS);
  };
  return {
    get done() {
      return done;
    },
    get playing() {
      return timer !== 0;
    },
    toggle() {
      if (timer) {
        pause();
        goTo(Math.min(done, count()) - 1);
        return;
      }
      if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
        to(count());
        return;
      }
      to(done < count() ? done + 1 : 1);
      if (done < count()) go();
    },
    by(cells) {
      pause();
      const before = done > count() ? (cells > 0 ? 0 : count() + 1) : done;
      to(before + cells);
    },
    rest() {
      pause();
      done = Number.POSITIVE_INFINITY;
    },
  };
}
