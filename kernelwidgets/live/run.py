"""A training function on a thread of its own, as if it ran where it was launched."""

from __future__ import annotations

import contextlib
import contextvars
import functools
import threading
from collections.abc import Callable, Iterator
from typing import Any

import torch

from kernelwidgets.live.errors import StopTraining

__all__ = ["Run", "carried_modes"]


class Run:
    """A function that runs in the background; what it prints appears where it was launched.

    Parameters
    ----------
    call
        The function, its arguments filled in.
    begin
        Called with the thread before it starts; may refuse by raising.
    end
        Called on the thread with the error that ended the function, or None.
    flush
        Called by whoever has waited for the end.
    """

    def __init__(
        self,
        call: Callable[[], Any],
        *,
        begin: Callable[[threading.Thread], None],
        end: Callable[[BaseException | None], None],
        flush: Callable[[], None],
    ) -> None:
        self._call, self._end, self._flush = call, end, flush
        self._value: Any = None
        self._error: BaseException | None = None
        # Notebook kernels find the cell that output belongs to in the context.
        context = contextvars.copy_context()
        modes = carried_modes()
        self._thread = threading.Thread(
            target=context.run, args=(self._run, modes), name="kernelwidgets run", daemon=True
        )
        begin(self._thread)
        self._thread.start()

    def _run(self, modes: Callable[[], contextlib.AbstractContextManager[None]]) -> None:
        error: BaseException | None = None
        try:
            with modes():
                self._value = self._call()
        except StopTraining as stop:
            error = stop
        except BaseException as raised:  # noqa: BLE001  # raised again by join
            self._error = error = raised
        self._end(error)

    def __repr__(self) -> str:
        state = "has ended" if self.done else "running"
        if self._error is not None:
            state = f"failed: {type(self._error).__name__}: {self._error}"
        call = self._call.func if isinstance(self._call, functools.partial) else self._call
        return f"<Run of {getattr(call, '__name__', type(call).__name__)}: {state}>"

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return not self._thread.is_alive()

    def join(self, timeout: float | None = None) -> None:
        """Wait for the end.

        Parameters
        ----------
        timeout
            Seconds to wait; None waits as long as it takes.

        Raises
        ------
        TimeoutError
            If it still runs by then.
        Exception
            What the function raised.
        """
        self._thread.join(timeout)
        if self._thread.is_alive():
            raise TimeoutError(f"still running after {timeout} s; live.stop() ends it")
        self._flush()
        if self._error is not None:
            raise self._error

    def result(self, timeout: float | None = None) -> Any:
        """What the function returned, once it has ended; None if it was stopped."""
        self.join(timeout)
        return self._value


def carried_modes() -> Callable[[], contextlib.AbstractContextManager[None]]:
    """Note this thread's torch modes; returns a context that sets them on another thread."""
    device = torch.get_default_device()
    grad, inference = torch.is_grad_enabled(), torch.is_inference_mode_enabled()
    kinds = [kind for kind in ("cpu", "cuda") if torch.is_autocast_enabled(kind)]
    autocasts = [(kind, torch.get_autocast_dtype(kind)) for kind in kinds]
    cache = torch.is_autocast_cache_enabled()
    gpu = torch.cuda.current_device() if torch.cuda.is_initialized() else None

    @contextlib.contextmanager
    def modes() -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            if gpu is not None:
                torch.cuda.set_device(gpu)
            if device != torch.get_default_device():
                stack.enter_context(device)
            if inference:
                stack.enter_context(torch.inference_mode())
            stack.enter_context(torch.set_grad_enabled(grad))
            for kind, dtype in autocasts:
                stack.enter_context(torch.autocast(kind, dtype=dtype, cache_enabled=cache))
            yield

    return modes
