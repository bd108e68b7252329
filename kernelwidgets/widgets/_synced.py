"""A widget whose traits several threads may set."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import anywidget
import traitlets

from kernelwidgets.widgets._controls import is_misspelled, lacks
from kernelwidgets.wire.commands import CommandError, parse_event
from kernelwidgets.wire.schema import AnyEvent

__all__ = ["SyncedWidget"]

# One lock for all: two widgets that are linked would otherwise wait for each other's.
_LOCK = threading.RLock()
PATIENCE_S = 0.5


class SyncedWidget(anywidget.AnyWidget):
    """An anywidget with one thread at a time among its trait writes."""

    _message = traitlets.Unicode("").tag(sync=True)

    _depth = 0
    _due = False

    @classmethod
    def controls(cls) -> list[str]:
        """Names of the traits that the page may set, too."""
        return sorted(cls.class_trait_names(control=True))

    @classmethod
    def _check_names(cls, given: Iterable[str]) -> None:
        known = cls.controls()
        for name in given:
            if name not in known:
                raise TypeError(lacks(cls, name, known))

    def apply(self, state: Mapping[str, Any]) -> None:
        """Set traits together, as one message.

        If somebody holds the lock for long (a callback of the user's that waits for the thread
        that calls here), the state is dropped: a newer one follows.
        """
        if not _LOCK.acquire(timeout=PATIENCE_S):
            return
        try:
            with self.hold_sync():
                for name, value in state.items():
                    self.set_trait(name, value)
        finally:
            _LOCK.release()

    def say(self, text: str) -> None:
        """Show a message in the views."""
        if text != self._message:
            self.apply({"_message": text})

    def event_of(self, content: Any) -> AnyEvent | None:
        """Read an event that the page sent; None if that cannot be read, which is then said."""
        try:
            return parse_event(content)
        except CommandError as error:
            self.say(f"the page sent what cannot be read: {error}")
            return None

    def changed(self) -> None:
        """Called without the lock after controls were set."""

    def changes(self) -> None:
        """Have `changed` called once the lock is free."""
        with self._locked():
            self._due = True

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with _LOCK:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                call = self._due and self._depth == 0
                if call:
                    self._due = False
        if call:
            self.changed()

    def __setattr__(self, name: str, value: Any) -> None:
        if self.has_trait(name):
            with self._locked():
                super().__setattr__(name, value)
            return
        if is_misspelled(self, name):
            raise AttributeError(lacks(type(self), name, self.controls()))
        super().__setattr__(name, value)

    @contextmanager
    def hold_sync(self) -> Iterator[None]:
        """Send all traits that are set inside as one message."""
        with self._locked(), super().hold_sync():
            yield

    def send_state(self, key: Any = None) -> None:
        """Send traits to the page."""
        with self._locked():
            if self._property_lock:
                super().send_state(key)
                return
            # ipywidgets looks for bytes in every corner of every header: half the price of a frame.
            state, buffers, paths = self.get_state(key), [], []
            for name, value in list(state.items()):
                # An array is its shape and its bytes.
                inside = isinstance(value, dict) and isinstance(value.get("data"), bytes)
                if inside:
                    state[name] = {part: value[part] for part in value if part != "data"}
                    buffers.append(value["data"])
                    paths.append([name, "data"])
                elif isinstance(value, bytes):
                    buffers.append(state.pop(name))
                    paths.append([name])
            if state or paths:
                message = {"method": "update", "state": state, "buffer_paths": paths}
                self._send(message, buffers=buffers)

    def set_state(self, sync_data: Any) -> None:
        """Take controls from the page; what Python alone may write is left alone."""
        known = self.controls()
        state = {name: value for name, value in dict(sync_data).items() if name in known}
        try:
            with self._locked():
                super().set_state(state)
        except (traitlets.TraitError, ValueError, TypeError) as error:
            self.say(str(error))
            self.send_state(list(state))
        else:
            self.say("")
