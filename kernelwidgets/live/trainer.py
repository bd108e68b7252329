"""A loop of our own around a live model: started, paused, stepped and restarted."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from torch import Tensor, nn
from torch.optim import Optimizer

from kernelwidgets.live.arguments import whole_number
from kernelwidgets.live.errors import StopTraining
from kernelwidgets.live.hooks import require_optimizer
from kernelwidgets.live.learner import Learner, draw_anew, require_redrawable
from kernelwidgets.live.loop import Words
from kernelwidgets.live.progress import progress_bar
from kernelwidgets.live.random_stream import RandomStream
from kernelwidgets.live.restorable import Restorable
from kernelwidgets.live.run import Run, carried_modes
from kernelwidgets.live.schedule import Schedule
from kernelwidgets.live.score import Score, measures
from kernelwidgets.live.steps import Steps
from kernelwidgets.live.track import Track
from kernelwidgets.models.gradients import Objective
from kernelwidgets.models.layers import unwrapped
from kernelwidgets.recording import Recording
from kernelwidgets.wire import schema
from kernelwidgets.wire.commands import CommandError, Handle
from kernelwidgets.wire.schema import Verb

__all__ = ["Trainer"]


class Trainer(Restorable):
    """A live model with a loop of its own.

    Its random numbers are its own too (data order, dropout …): `restart` repeats a run bit for
    bit, whatever other cells draw meanwhile.

    Parameters
    ----------
    model
        The model to train; batches are moved to the device of its first parameter.
    data
        What to learn from: a DataLoader, a list, anything that can be iterated again and again.
    loss
        Function of `(model(x), y)`, for data of pairs `(x, y)`.
    optimizer
        What trains it.
    step
        Instead of `loss`: a function of `(model, batch)` that returns the loss. Views of gradients
        call it, too.
    scheduler
        Learning-rate scheduler, stepped after each optimizer step. The learning rate set by hand
        multiplies its schedule.
    validation
        Pairs `(x, y)` that are not learned from; the score on them is kept fresh. Of a large set
        the first batches count, as many as take .05 s.
    metrics
        Name → function of `(model(x), y)`, the mean over a batch; with `classes` the accuracy by
        default.
    probe, classes, budget, rate_hz
        As for `LiveModel`.
    seed
        Where the random numbers of training begin.
    max_steps_per_s
        Pace; None is as fast as it goes.
    history
        Whether to keep a `history` to look back at.

    Raises
    ------
    TypeError, ValueError
        If something is missing or does not fit; the message says what to pass.
    """

    _rests = False  # each advances the schedule
    _words = Words("train with trainer.start()", "this Trainer is closed; make another one")
    _verbs: tuple[Verb, ...] = ("start", "pause", "step", "stop", "restart", "speed")

    def __init__(
        self,
        model: nn.Module,
        data: Iterable[Any],
        loss: Callable[[Any, Any], Tensor] | None = None,
        optimizer: Optimizer | None = None,
        *,
        step: Callable[[nn.Module, Any], Tensor] | None = None,
        scheduler: Any = None,
        validation: Iterable[Any] | None = None,
        metrics: Mapping[str, Callable[[Any, Any], Any]] | None = None,
        probe: Any = None,
        classes: Sequence[str] | None = None,
        seed: int = 0,
        budget: float = 0.02,
        rate_hz: float = 30,
        max_steps_per_s: float | None = None,
        history: bool = True,
    ) -> None:
        optimizer = require_optimizer(optimizer)
        self._learner = Learner(unwrapped(model), optimizer)
        self._steps = Steps(model, data, optimizer, loss, step, self._log_loss)
        self._schedule = Schedule(optimizer, scheduler)
        self._seed, self._stream = seed, RandomStream(seed)
        wanted = measures(validation, metrics, loss, classes)
        super().__init__(
            model, optimizer, probe=probe, classes=classes, budget=budget, rate_hz=rate_hz
        )
        if validation is not None:
            self._score = Score(self.model, validation, wanted, self._steps.placed, budget)
        self._run: Run | None = None
        self._modes = carried_modes()
        self._first = self._checkpoint()
        self._tracks, self._track = WeakKeyDictionary(), Track(self._first)
        self._keeps_history = self._keeps_track = history
        if history:
            self._verbs = (*self._verbs, "branch")
        if max_steps_per_s is not None:
            self.max_steps_per_s = max_steps_per_s
        self._network.gradients.objective = self._objective
        # Views ask at once which layers read the probe.
        self._refresh()

    # Running

    def start(self) -> Handle:
        """Train in the background, or go on after a pause."""
        self._modes = carried_modes()
        return self._order(schema.Start())

    def step(self, count: int = 1) -> Handle:
        """Take `count` steps, then wait; starts training if need be."""
        self._modes = carried_modes()
        return super().step(count)

    def fit(self, steps: int, *, progress: bool | None = None) -> None:
        """Take `steps` steps here and now.

        Parameters
        ----------
        steps
            Optimizer steps; a stop ends it early.
        progress
            Whether to show a progress bar; by default in a terminal.

        Raises
        ------
        RuntimeError
            If training runs already.
        """
        steps = whole_number("the number of steps", steps, 1)
        self._modes = carried_modes()
        with progress_bar(steps, progress) as advance:
            with contextlib.suppress(StopTraining), self._training():
                for _ in self._loop(steps):
                    advance(self._steps.last_loss)
            self._rest()

    def record(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        steps: int | None = None,
        **options: Any,
    ) -> Recording:
        """Record from now on, as `LiveModel.record` says, and what `restore` needs.

        That are full checkpoints (model, optimizer, scheduler, random numbers, place in the
        data): at the start, before edits and every hundred steps, later more rarely; they take
        2 % of the time and, of memory or of the disk, 64 MB beyond the first at the most.

        Parameters
        ----------
        steps
            Take so many steps here and now, and end the recording.
        path, options
            Those of `LiveModel.record`.
        """
        steps = None if steps is None else whole_number("the number of steps", steps, 1)
        self._safe_point.do(self._keep_track).wait()
        recording = super().record(path, **options)
        self._tracks[recording] = self._track
        self._safe_point.do(self._record_present).wait()
        if steps is not None:
            with contextlib.closing(recording):
                self.fit(steps)
        return recording

    async def run_async(self, steps: int | None = None) -> None:
        """Train in a cell that awaits this: the notebook's messages come in between steps.

        Parameters
        ----------
        steps
            Optimizer steps; None goes on until it is stopped.
        """
        steps = None if steps is None else whole_number("the number of steps", steps, 1)
        self._modes = carried_modes()
        cancelled = None
        with contextlib.suppress(StopTraining), self._training(waits=False):
            try:
                for _ in self._loop(steps):
                    await self._safe_point.stand_by()
            except asyncio.CancelledError as error:
                cancelled = error
        self._rest()
        if cancelled is not None:
            raise cancelled

    def join(self, timeout: float | None = None) -> None:
        """Wait until training in the background rests: it has ended, or is paused.

        Parameters
        ----------
        timeout
            Seconds to wait; None waits as long as it takes.

        Raises
        ------
        TimeoutError
            If it still trains by then.
        Exception
            What ended training.
        """
        deadline = math.inf if timeout is None else time.monotonic() + timeout
        run = self._run
        while run is not None and self.training and not run.done:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"still training after {timeout} s; stop() ends it")
            with contextlib.suppress(TimeoutError):
                run.join(min(left, 0.02))
        if run is not None and not self._safe_point.running:
            run.join()
        self._rest()

    def restart(self, seed: int | None = None) -> Handle:
        """Begin again at step 0: everything, edits and settings too, is as it was then.

        Parameters
        ----------
        seed
            None repeats the start and the order of the data exactly. Otherwise the weights are
            drawn anew (by the modules' `reset_parameters`), and later restarts begin there.

        Raises
        ------
        ValueError
            If a module cannot draw its weights anew.
        """
        if seed is None:
            return self._order(schema.Restart())

        def begin_again() -> None:
            self._begin_again(seed)
            self._tell(schema.Restart(new_seed=True), 0)

        return self._act(begin_again)

    def _start(self) -> None:
        if self._safe_point.running:
            super()._start()
        else:
            self._begin_run()

    def _step(self, count: int) -> None:
        if self._safe_point.running:
            super()._step(count)
        else:
            self._begin_run(count)

    def _begin_run(self, count: int | None = None) -> None:
        def begin(thread: Any) -> None:
            self._safe_point.begin(thread)
            if count is not None:
                self._safe_point.take_steps(count)

        def train() -> None:
            for _ in self._loop(None):
                pass

        self._run = Run(train, begin=begin, end=self._safe_point.end, flush=self._publisher.flush)

    def _loop(self, steps: int | None) -> Iterator[None]:
        """Take steps, in the modes of whoever started them."""
        if not self.model.training:
            self.model.train()
        taken = 0
        with self._remembered():
            try:
                while (steps is None or taken < steps) and not self._safe_point.closed:
                    with self._modes(), self._stream as stream:
                        self._steps.take(stream)
                    taken += 1
                    yield
            finally:
                self._stop_return()

    def _pass_safe_point(self) -> None:
        # Whoever waits or draws here does so outside.
        self._stream.__exit__()
        self._schedule.advance(self._steps.last_loss)
        super()._pass_safe_point()

    def _set_learning_rate(self, rate: float) -> None:
        self._schedule.set_rate(rate)

    def _objective(self) -> Objective:
        with self._modes(), self._stream as stream:
            return self._steps.objective(self._network.classes, stream)

    def _log_loss(self, loss: Tensor) -> None:
        self._log(self.step_count + 1, {"loss": loss})

    def _carry_out(self, command: schema.AnyCommand) -> str | None:
        if isinstance(command, schema.Branch):
            self._branch(command.step)
            return None
        return super()._carry_out(command)

    def _branch(self, step: int) -> None:
        if self._history is None:
            raise CommandError("this Trainer keeps no history; make it without history=False")
        way = self._go_back(self._history.recording, step)
        if not way.arrived.done and not self._safe_point.running:
            way.pauses = True
            self._begin_run()

    def _restart(self, *, new_seed: bool) -> None:
        self._begin_again(self._seed + 1 if new_seed else None)

    def _begin_again(self, seed: int | None) -> None:
        if seed is not None:
            require_redrawable(self.model)
            drawn = RandomStream(seed)
        self._put_back(self._first)
        if seed is not None:
            self._seed, self._stream = seed, drawn
            with self._stream:
                draw_anew(self.model)
            self._network.restart()
            self._first = self._checkpoint()
        self._track = Track(self._first)
        self._renew_history()
