/** At speed 1, so many recorded frames a second, fewer where the whole would be over too soon. */
const FRAMES_PER_S = 30;
const SHORTEST_S = 8;

/** What a clock moves. */
export interface Played {
  readonly count: number;
  index(): number;
  /** Shows a frame; false while it has not come. */
  show(index: number): boolean;
  speed(): number;
  loops(): boolean;
  /** Called at the end, unless it loops. */
  stop(): void;
}

/** Moves through frames as time goes by; `run` starts and stops it. */
export function createClock(played: Played) {
  let [scheduled, before, due] = [0, 0, 0];
  const tick = (now: number): void => {
    scheduled = requestAnimationFrame(tick);
    // A page that slept goes on where it was; the first display frame may have begun before it ran.
    const passed = Math.max(0, Math.min(250, now - before));
    const rate = Math.min(FRAMES_PER_S, Math.max(1, played.count / SHORTEST_S));
    due += (passed / 1000) * rate * played.speed();
    before = now;
    const steps = Math.floor(due);
    if (steps === 0) return;
    const last = played.count - 1;
    const next = played.index() + steps;
    const at = next <= last ? next : played.loops() ? (next - last - 1) % played.count : last;
    // While blocks come, time stands still.
    due = played.show(at) ? due - steps : 0;
    if (next >= last && !played.loops() && played.index() === last) played.stop();
  };
  return {
    run(on: boolean): void {
      if (on === scheduled > 0) return;
      cancelAnimationFrame(scheduled);
      [before, due] = [performance.now(), 0];
      scheduled = on ? requestAnimationFrame(tick) : 0;
    },
  };
}
