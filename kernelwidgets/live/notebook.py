"""What can be known of the notebook around us: its main thread, its blocking cells, their end."""

from __future__ import annotations

import inspect
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any

__all__ = ["BLOCKED", "blocks_kernel", "in_kernel_main_thread", "on_cell_end"]

BLOCKED = (
    "This cell blocks the notebook, so edits wait for its end; "
    "run it as live.run(train) to edit while it trains."
)


def _shell() -> Any:
    # Where IPython runs, it has been imported.
    ipython = sys.modules.get("IPython")
    return None if ipython is None else ipython.get_ipython()


def in_kernel_main_thread() -> bool:
    """Whether this thread is the one on which a kernel takes its messages."""
    return hasattr(_shell(), "kernel") and (threading.current_thread() is threading.main_thread())


def blocks_kernel() -> bool:
    """Whether we were called from an ordinary cell, which holds up the kernel until its end.

    A cell that awaits is compiled as a coroutine, and a task that it left behind has no cell
    below it on the stack.
    """
    if not in_kernel_main_thread():
        return False
    cell = _shell().user_ns
    frame = inspect.currentframe()
    while frame is not None:
        if frame.f_code.co_name == "<module>" and frame.f_globals is cell:
            return not frame.f_code.co_flags & inspect.CO_COROUTINE
        frame = frame.f_back
    return False


def on_cell_end(callback: Callable[[BaseException | None], None]) -> Callable[[], None]:
    """Call a bound method after each cell, on its thread, with what the cell raised, or None.

    Returns the call that ends it. The method's object is not kept alive. Outside IPython nothing
    happens.
    """
    shell = _shell()
    if shell is None:
        return lambda: None
    method = weakref.WeakMethod(callback)

    def ended(result: Any) -> None:
        alive = method()
        if alive is not None:
            alive(getattr(result, "error_in_exec", None))

    def leave() -> None:
        if ended in shell.events.callbacks["post_run_cell"]:
            shell.events.unregister("post_run_cell", ended)

    shell.events.register("post_run_cell", ended)
    return leave
