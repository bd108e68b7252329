"""How a live model hangs on to a user's model and optimizers, and lets go."""

from __future__ import annotations

import contextlib
import sys
import threading
import weakref
from collections.abc import Callable, Iterable, Sequence
from types import FrameType
from typing import Any, Protocol

import torch
from torch import nn
from torch.optim import Optimizer
from torch.utils.hooks import RemovableHandle

__all__ = ["Hooks", "checked", "hooks_of", "require_optimizer", "weakly"]

_KEY = "_kernelwidgets_hooks"


class Watcher(Protocol):
    """What the hooks call."""

    def before_step(self, optimizer: Optimizer) -> None:
        """An optimizer is about to step."""

    def after_step(self, optimizer: Optimizer) -> None:
        """An optimizer has stepped."""

    def before_forward(self, called: nn.Module, inputs: tuple[Any, ...]) -> None:
        """The model is about to be called."""

    def after_forward(self) -> None:
        """It was called."""


class _Hook:
    """A hook on the model; saved or copied with it, it is one that does nothing.

    What it becomes is Python's own, so that the saved model opens without this package.
    """

    def __init__(self, call: Callable[..., None], *, gate: bool = False) -> None:
        self._call = call
        # See `models.guard.no_trace`.
        self.gate = gate

    def __call__(self, *args: Any) -> None:
        self._call(*args)

    def __reduce__(self) -> tuple[Any, ...]:
        return getattr, (contextlib.nullcontext(), "__exit__")


class Hooks:
    """The hooks of one watcher, which they do not keep alive.

    They are noted on the model itself, so that whoever has the model finds its watcher.
    Saved or copied with the model, they are None.
    """

    def __init__(self, watcher: Watcher) -> None:
        self._watcher: weakref.ref[Watcher] | None = weakref.ref(watcher)
        self._model: weakref.ref[nn.Module] | None = None
        self._called: weakref.ref[nn.Module] | None = None
        self._listeners: list[RemovableHandle] = []
        self._trainer: threading.Thread | None = None
        self._older: Hooks | None = None
        self._handles: list[RemovableHandle] = []
        self._untraced_before = self._before_now
        self._untraced_after = self._after_now

    def __reduce__(self) -> tuple[type[None], tuple[()]]:
        return type(None), ()

    def attach(self, model: nn.Module, optimizers: Sequence[Optimizer], called: nn.Module) -> None:
        """Hook the optimizers and `called`, the model with its wrappers; note it on `model`."""
        older = hooks_of(model)
        if older is not None and not older.sweep():
            self._older = older
        self._model = weakref.ref(model)
        vars(model)[_KEY] = self
        if optimizers:
            # Torch has imported its compiler when it made them.
            self._untraced_before = torch.compiler.disable(self._before_now)
            self._untraced_after = torch.compiler.disable(self._after_now)
        for optimizer in optimizers:
            self._handles.append(optimizer.register_step_pre_hook(self._before))
            self._handles.append(optimizer.register_step_post_hook(self._after))
        self._called = weakref.ref(called)
        self.listen()

    def listen(self) -> None:
        """Take notice of calls of the model, until `stop_listening`."""
        called = None if self._called is None else self._called()
        if called is not None and self._watcher is not None and not self._listeners:
            self._listeners = [
                called.register_forward_pre_hook(_Hook(self._forward, gate=True)),
                called.register_forward_hook(_Hook(self._forwarded), always_call=True),
            ]

    def stop_listening(self) -> None:
        """Let calls pass: they cost some microseconds each. A model's hooks may do so inside."""
        for handle in self._listeners:
            handle.remove()
        self._listeners = []

    def watcher_of(self, model: nn.Module) -> Watcher | None:
        """The watcher, if it lives and these hooks were not copied from another model."""
        mine = self._model is not None and self._model() is model
        return self._watcher() if mine and self._watcher is not None else None

    def silence(self, trainer: threading.Thread | None) -> None:
        """Do nothing from now on; `trainer` is the thread that may be inside hooks."""
        self._watcher = None
        self._trainer = trainer

    def sweep(self) -> bool:
        """Take off what could not be taken off before, if it can be now."""
        trainer = self._trainer
        over = trainer is None or not trainer.is_alive()
        return (over or trainer is threading.current_thread()) and self.remove()

    def remove(self) -> bool:
        """Take the hooks off, unless this thread is inside them; returns whether they are.

        A hook that is removed while hooks run kills the optimizer's step. No other thread may be
        training.
        """
        self.stop_listening()
        if _inside_step():
            return False
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
        if self._older is not None and self._older.sweep():
            self._older = None
        model = None if self._model is None else self._model()
        if model is not None and vars(model).get(_KEY) is self:
            del vars(model)[_KEY]
        return True

    def _before(self, optimizer: Optimizer, _args: Any, _kwargs: Any) -> None:
        # While a step is compiled this is traced; what we do is no part of the graph.
        call = self._untraced_before if torch.compiler.is_compiling() else self._before_now
        call(optimizer)

    def _after(self, optimizer: Optimizer, _args: Any, _kwargs: Any) -> None:
        call = self._untraced_after if torch.compiler.is_compiling() else self._after_now
        call(optimizer)

    def _before_now(self, optimizer: Optimizer) -> None:
        watcher = None if self._watcher is None else self._watcher()
        if watcher is not None:
            watcher.before_step(optimizer)

    def _after_now(self, optimizer: Optimizer) -> None:
        watcher = None if self._watcher is None else self._watcher()
        if watcher is not None:
            watcher.after_step(optimizer)

    def _forward(self, module: nn.Module, args: tuple[Any, ...]) -> None:
        if _is_traced():
            return
        watcher = None if self._watcher is None else self._watcher()
        if watcher is not None:
            watcher.before_forward(module, args)

    def _forwarded(self, module: nn.Module, _args: object, _output: object) -> None:
        if _is_traced() or not module.training:
            return
        watcher = None if self._watcher is None else self._watcher()
        if watcher is not None:
            watcher.after_forward()


def hooks_of(model: nn.Module) -> Hooks | None:
    """The hooks noted on an unwrapped model."""
    return vars(model).get(_KEY)


def require_optimizer(optimizer: Any) -> Optimizer:
    """Refuse what is no optimizer.

    Raises
    ------
    TypeError
        With what to pass instead.
    """
    if isinstance(optimizer, Optimizer):
        return optimizer
    name = optimizer.__name__ if isinstance(optimizer, type) else "Adam"
    given = "its class" if isinstance(optimizer, type) else type(optimizer).__name__
    raise TypeError(
        f"training needs an optimizer, such as torch.optim.{name}(model.parameters()), not {given}"
    )


def checked(optimizer: Any, model: nn.Module) -> list[Optimizer]:
    """List one optimizer, several or none.

    Raises
    ------
    TypeError, ValueError
        If one is no optimizer, or holds none of the model's parameters.
    """
    if optimizer is None:
        return []
    given = optimizer if isinstance(optimizer, Iterable) else [optimizer]
    optimizers = [require_optimizer(each) for each in given]
    mine = {id(parameter) for parameter in model.parameters()}
    for each in optimizers:
        held = {id(p) for group in each.param_groups for p in group["params"]}
        if not held & mine:
            raise ValueError(
                f"this {type(each).__name__} holds none of the model's parameters; make it from "
                "model.parameters() of the model that you watch"
            )
    return optimizers


def weakly(method: Callable[[], None]) -> Callable[[], None]:
    """A call of a method that does not keep its object alive, and does nothing without it."""
    weak = weakref.WeakMethod(method)

    def call() -> None:
        alive = weak()
        if alive is not None:
            alive()

    return call


def _is_traced() -> bool:
    """Whether a graph is made of what runs; what we do would be part of it."""
    traced = torch.jit.is_tracing()  # type: ignore[attr-defined, no-untyped-call]  # has no types
    return torch.compiler.is_compiling() or bool(traced)


def _inside_step() -> bool:
    frame: FrameType | None = sys._getframe()
    step = Optimizer.profile_hook_step(lambda: None).__code__
    while frame is not None:
        if frame.f_code is step:
            return True
        frame = frame.f_back
    return False
