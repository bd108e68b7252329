"""A model in training as a source of frames: hooked, captured, and told what to do."""

from __future__ import annotations

import contextlib
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer

from kernelwidgets.live import status
from kernelwidgets.live.arguments import positive_number, require_function
from kernelwidgets.live.camera import Camera
from kernelwidgets.live.commands import (
    change,
    learning_rate,
    require_one_process,
    set_learning_rate,
)
from kernelwidgets.live.cost import Meter
from kernelwidgets.live.curves import Curves
from kernelwidgets.live.hooked import Hooked
from kernelwidgets.live.hooks import Hooks, checked, hooks_of, weakly
from kernelwidgets.live.loop import WATCHED
from kernelwidgets.live.notebook import on_cell_end
from kernelwidgets.live.publisher import Publisher
from kernelwidgets.live.safe_point import SafePoint
from kernelwidgets.live.turns import Turns
from kernelwidgets.models import Network
from kernelwidgets.models.layers import unwrapped
from kernelwidgets.wire import schema
from kernelwidgets.wire.commands import CommandError, Handle
from kernelwidgets.wire.schema import AnyCommand, SourceInfo, Status, Verb
from kernelwidgets.wire.source import Frame, Request, Subscriber

__all__ = ["LiveSource", "watcher_of", "watchers"]

_WATCHERS: weakref.WeakValueDictionary[int, LiveSource] = weakref.WeakValueDictionary()


class LiveSource(Hooked):
    """Implements `Source` for a model and its optimizers; see `LiveModel` for the parameters.

    A subclass with a loop of its own declares its runs by `_training`, overrides `_start` and
    `_restart`, and adds to `_verbs`.
    """

    _verbs: tuple[Verb, ...] = ("pause", "step", "stop", "speed")
    _words = WATCHED
    _about = ""

    def __init__(
        self,
        model: nn.Module,
        optimizer: Optimizer | Iterable[Optimizer] | None = None,
        *,
        probe: Any = None,
        classes: Sequence[str] | None = None,
        loss: Callable[[Any, Any], Tensor] | None = None,
        budget: float = 0.02,
        rate_hz: float = 30,
    ) -> None:
        if not isinstance(model, nn.Module):
            raise TypeError(f"watch a torch nn.Module, not {type(model).__name__}")
        if not 0 < positive_number("budget", budget, otherwise=" up to 1") <= 1:
            raise ValueError(f"budget is a share of training time, above 0 to 1, not {budget}")
        positive_number("rate_hz", rate_hz)
        if loss is not None:
            require_function("loss", loss)
        optimizers = checked(optimizer, model)
        self._network = Network(model, optimizers, probe=probe, classes=classes, loss=loss)
        earlier = watcher_of(model)
        trainer = None if earlier is None else earlier._safe_point.owner
        if earlier is not None:
            earlier.close()
        self._title = type(self._network.model).__name__
        self._score_text = ""
        self._info: SourceInfo | None = None
        self._curves = Curves()
        self._meter = Meter(budget, rate_hz)
        self._safe_point: SafePoint = SafePoint(weakly(self._state_changed), self._words)
        self._camera = Camera(self._network, self._safe_point, self._meter, self._curves)
        self._publisher = Publisher(self, self._camera, self._meter)
        self._turns = Turns(optimizers)
        self._leased_until = 0.0
        self._witnesses: list[Callable[[int, AnyCommand], None]] = []
        self._pace = status.Pace()
        self._hooks = Hooks(self)
        self._hooks.attach(self._network.model, optimizers, model)
        if trainer is None:
            self._refresh()
        else:
            # A run goes on, and must not meet a probe pass.
            self._safe_point.enter(trainer)
        self._leave_notebook = on_cell_end(self._safe_point.cell_ended)
        _WATCHERS[id(self)] = self
        self._finalize = weakref.finalize(
            self, _let_go, self._hooks, self._safe_point, self._leave_notebook
        )

    @property
    def info(self) -> SourceInfo:
        """Layers, verbs and everything else that views know beforehand."""
        if self._info is None:
            learns = ("learning_rate",) if self._network.optimizers else ()
            self._info = self._network.info(self._title, self._about, (*self._verbs, *learns))
        return self._info

    @property
    def status(self) -> Status:
        """How the run goes, in words and numbers."""
        safe_point, network = self._safe_point, self._network
        running, state = safe_point.running, safe_point.state
        return Status(
            state=state,
            text=status.text(state, safe_point.step, closed=safe_point.closed),
            hint=status.hint(
                state,
                network.layers,
                blocking=safe_point.blocking,
                hooked=bool(network.optimizers),
            ),
            error=safe_point.error,
            step=safe_point.step,
            steps_per_s=self._pace.measure(safe_point.step) if running else None,
            cost_text=status.cost_text(self._meter.cost) if running and self._meter.cost else "",
            learning_rate=learning_rate(self._network.optimizers),
            max_steps_per_s=safe_point.max_steps_per_s,
            undo=network.undo_count,
            redo=network.redo_count,
            score_text=self._score_text,
        )

    def read(self, request: Request) -> Frame:
        """Read a frame of the present moment; waits for the safe point while training runs."""
        shot = self._camera.shoot(request, lambda: False)
        if shot is None:
            raise CommandError("this live model was closed meanwhile; watch the model again")
        return self._camera.develop(shot)

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Deliver frames to `subscriber` from now on; returns the call that ends it."""
        return self._publisher.subscribe(subscriber)

    def wake(self) -> None:
        """Say that a subscriber's request has changed; a frame follows even when nothing runs."""
        self._publisher.wake()

    def submit(self, command: AnyCommand) -> Handle:
        """Queue a command for the next safe point; it is carried out at once when nothing runs."""
        return self._change(lambda: self._apply(command))

    def on_command(self, witness: Callable[[int, AnyCommand], None]) -> Callable[[], None]:
        """Tell of every command that is carried out; returns the call that ends it.

        `witness(step, command)` is called where the model is touched, so it must be quick. Cells
        that are given back because nobody was heard of are a `Release` of the step before.
        """
        self._witnesses.append(witness)

        def leave() -> None:
            if witness in self._witnesses:
                self._witnesses.remove(witness)

        return leave

    def close(self) -> None:
        """Take every hook off, show one last frame, and let a waiting loop go on.

        May be called from anywhere, also while training runs; closing twice does nothing.
        """
        if self._safe_point.closed:
            return
        self._publisher.close()
        self._safe_point.close()
        self._finalize()

    # What the publisher asks for

    @property
    def training(self) -> bool:
        """Whether steps are being taken just now."""
        return self._safe_point.running and self._safe_point.state == "running"

    def serve(self) -> None:
        """Do what waits for a training thread that is gone."""
        self._safe_point.serve()

    def _refresh(self) -> None:
        if self._network.refresh():
            self._info = None

    # Commands

    def _change(self, action: Callable[[], str | None]) -> Handle:
        def change() -> str | None:
            require_one_process()
            self._safe_point.disturb()
            note = action()
            if not self.training:
                self._publisher.wake()
            return note

        return self._safe_point.do(change)

    def _apply(self, command: AnyCommand) -> str | None:
        note = self._carry_out(command)
        self._tell(command, self._safe_point.step)
        return note

    def _tell(self, command: AnyCommand, step: int) -> None:
        for witness in tuple(self._witnesses):
            witness(step, command)

    def _carry_out(self, command: AnyCommand) -> str | None:
        if isinstance(command, schema.Edit) and command.hold:
            self._leased_until = time.monotonic() + 1.5
        if isinstance(command, schema.SetProbe):
            self._info = None
        match command:
            case schema.Start():
                self._start()
            case schema.Step():
                self._step(command.count)
            case schema.Stop():
                self._stop()
            case schema.Restart():
                self._restart(new_seed=command.new_seed)
            case schema.Pause():
                self._safe_point.pause()
            case schema.SetSpeed():
                self._safe_point.max_steps_per_s = command.max_steps_per_s
            case schema.SetLearningRate():
                self._set_learning_rate(command.learning_rate)
            case _:
                return change(self._network, command)
        return None

    def _start(self) -> None:
        self._safe_point.resume()

    def _step(self, count: int) -> None:
        self._safe_point.take_steps(count)

    def _stop(self) -> None:
        self._safe_point.stop()

    def _restart(self, *, new_seed: bool) -> None:  # noqa: ARG002  # of use to a loop of its own
        raise CommandError("a loop of your own is restarted by running its cell again")

    def _set_learning_rate(self, rate: float) -> None:
        set_learning_rate(self._network.optimizers, rate)

    @contextlib.contextmanager
    def _training(self, *, waits: bool = True) -> Iterator[None]:
        """Declare that this thread trains, until the end of the block."""
        self._safe_point.begin(threading.current_thread(), waits=waits)
        error = None
        try:
            yield
        except BaseException as raised:
            error = raised
            raise
        finally:
            self._safe_point.end(error)

    def _state_changed(self) -> None:
        if self._safe_point.state not in ("running", "paused"):
            self._hooks.listen()
        self._publisher.wake(last=self._safe_point.state != "running")


def watcher_of(model: nn.Module) -> LiveSource | None:
    """The live source that watches a model, wrapped or not."""
    hooks = hooks_of(unwrapped(model))
    watcher = None if hooks is None else hooks.watcher_of(unwrapped(model))
    return watcher if isinstance(watcher, LiveSource) else None


def watchers() -> list[LiveSource]:
    """All live sources that watch a model now."""
    # Other threads may begin to watch meanwhile; a list of references is taken at once.
    alive = [reference() for reference in _WATCHERS.valuerefs()]
    return [each for each in alive if each and watcher_of(each._network.model) is each]


def _let_go(hooks: Hooks, safe_point: SafePoint, leave_notebook: Callable[[], None]) -> None:
    """Silence the hooks, and take them off as soon as no other thread can be inside them."""

    def remove() -> bool:
        leave_notebook()
        return hooks.remove()

    hooks.silence(safe_point.owner)
    safe_point.when_over(remove)
