"""A front end that is none: for tests and benches without a browser or a kernel.

It speaks the messages that the page speaks, over the path that they take:

>>> import numpy as np
>>> from kernelwidgets.testing import front_end
>>> from kernelwidgets.widgets.kernel_grid import KernelGrid
>>> grid = KernelGrid(np.eye(3))
>>> with front_end(grid) as page:
...     answer = page.send(grid, {"op": "edit", "layer": "kernels", "cells": [1], "values": [0.5]})
>>> answer.ok
True
"""

from __future__ import annotations

import itertools
import queue
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any

import msgspec

from kernelwidgets.widgets._base import View
from kernelwidgets.wire.schema import Answer

__all__ = ["FrontEnd", "front_end"]


def front_end(*views: View, acks: bool = True) -> FrontEnd:
    """A page that shows these views in full: see `FrontEnd`.

    Parameters
    ----------
    acks
        Whether it says of each frame that it was painted; without, it is as good as closed.
    """
    return FrontEnd(views, acks=acks)


class FrontEnd:
    """A page that shows views, as a context manager: mounted inside, gone outside.

    Attributes
    ----------
    frames
        How many frames have arrived, all views together.
    messages
        How many messages have arrived, frames among them.
    answers
        Every answer that has arrived, in order.
    """

    def __init__(self, views: tuple[View, ...], *, acks: bool = True) -> None:
        self.frames = 0
        self.messages = 0
        self.answers: list[Answer] = []
        self._views = views
        self._acks = acks
        self._name = uuid.uuid4().hex[:8]
        self._links: dict[View, Iterator[str]] = {}
        self._news = threading.Condition()
        self._inbox: queue.SimpleQueue[tuple[View, dict[str, Any]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._live, name="fake page", daemon=True)

    def __enter__(self) -> FrontEnd:
        self._thread.start()
        for view in self._views:
            _listeners(view).append(self._inbox)
            self.show(view)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for view in self._views:
            if view.comm is not None:
                self.hide(view)
                _listeners(view).remove(self._inbox)
        self._inbox.put(None)
        self._thread.join(5)

    def show(self, view: View, **what: Any) -> None:
        """Report a view visible: all of it, or `parts`, `kernels` and `maps` as in `Visible`."""
        parts = sorted(what.pop("parts", view.parts))
        if view.layer_info is not None:
            outs, ins = view.layer_info.shape[:2]
            what = {"kernels": [0, outs, 0, ins], "maps": [0, outs]} | what
        self.event(view, {"event": "visible", "view": self._name, "parts": parts, **what})

    def hide(self, view: View) -> None:
        """Report that nothing of a view can be seen any more."""
        self.event(view, {"event": "visible", "view": self._name, "parts": []})

    def event(self, view: View, content: Any) -> None:
        """Send anything at all as a custom message."""
        _receive(view, {"method": "custom", "content": content})

    def set(self, view: View, **controls: Any) -> None:
        """Set controls as the page does."""
        _receive(view, {"method": "update", "state": controls, "buffer_paths": []})

    def send(self, view: View, command: Mapping[str, Any], timeout: float = 10) -> Answer:
        """Send a command such as `{"op": "pause"}` and wait for its answer.

        Raises
        ------
        TimeoutError
            If none comes within `timeout` seconds.
        """
        identifier = next(self._links.setdefault(view, _ids()))
        self.event(view, {"id": identifier, **command})
        with self._news:
            self._news.wait_for(lambda: self._answer(identifier) is not None, timeout)
            answer = self._answer(identifier)
        if answer is None:
            raise TimeoutError(f"no answer to {command.get('op')!r} within {timeout} s")
        return answer

    def wait_frames(self, count: int, timeout: float = 10) -> None:
        """Wait until `count` frames have arrived in all.

        Raises
        ------
        TimeoutError
            If they do not come within `timeout` seconds.
        """
        self._wait(lambda: self.frames, count, timeout)

    def wait_messages(self, count: int, timeout: float = 10) -> None:
        """Wait until `count` messages have arrived in all; raises as `wait_frames`."""
        self._wait(lambda: self.messages, count, timeout)

    def wait_answers(self, count: int, timeout: float = 10) -> None:
        """Wait until `count` answers have arrived in all; raises as `wait_frames`."""
        self._wait(lambda: len(self.answers), count, timeout)

    def _wait(self, so_far: Callable[[], int], count: int, timeout: float) -> None:
        with self._news:
            if not self._news.wait_for(lambda: so_far() >= count, timeout):
                raise TimeoutError(f"{so_far()} of {count} arrived within {timeout} s")

    def _answer(self, identifier: str) -> Answer | None:
        return next((answer for answer in self.answers if answer.id == identifier), None)

    def _live(self) -> None:
        while (item := self._inbox.get()) is not None:
            view, data = item
            frame = data.get("state", {}).get("_frame") if data["method"] == "update" else None
            with self._news:
                self.messages += 1
                self.frames += frame is not None
                if data["method"] == "custom" and "answer" in data["content"]:
                    self.answers.append(msgspec.convert(data["content"]["answer"], Answer))
                self._news.notify_all()
            if frame is not None and self._acks:
                self.event(view, {"event": "ack", "seq": frame["seq"]})


def _ids() -> Iterator[str]:
    """What a page calls its commands to one view; two threads may ask at once."""
    page = uuid.uuid4().hex[:8]
    return map("{}-{}".format, itertools.repeat(page), itertools.count(1))


class _Tap:
    """Stands before a comm's `send` and lets the fake pages hear what goes out."""

    def __init__(self, view: View) -> None:
        self.inboxes: list[queue.SimpleQueue[tuple[View, dict[str, Any]] | None]] = []
        self._view = view
        self._send = view.comm.send
        view.comm.send = self

    def __call__(self, data: Any = None, *others: Any, **more: Any) -> None:
        self._send(data, *others, **more)
        for inbox in list(self.inboxes):
            inbox.put((self._view, data))


def _listeners(view: View) -> list[Any]:
    tap = view.comm.send
    return (tap if isinstance(tap, _Tap) else _Tap(view)).inboxes


def _receive(view: View, data: dict[str, Any]) -> None:
    comm = view.comm
    if comm is not None:  # else the view was closed
        comm.handle_msg({"content": {"data": data}, "buffers": []})
