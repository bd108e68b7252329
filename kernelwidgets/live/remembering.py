"""A trainer's memory of its run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from kernelwidgets.live.camera import Shot
from kernelwidgets.live.history import History, Past
from kernelwidgets.live.scored import Scored
from kernelwidgets.live.track import Track
from kernelwidgets.recording import Recording

__all__ = ["Remembering"]

_log = logging.getLogger("kernelwidgets")


class Remembering(Scored):
    """Keeps a history of its run, filled by the publisher while training goes on.

    A subclass sets what is declared here.
    """

    _tracks: WeakKeyDictionary[Recording, Track]
    _track: Track
    _keeps_history: bool
    _history: History | None = None
    _following = False
    _leave_publisher: Callable[[], None] | None = None

    @property
    def history(self) -> Recording | None:
        """The run so far, thinned to at most 300 frames; None with `history=False`.

        With the checkpoints that `restore` needs it takes 64 MB at the most.

        It begins anew with a restart or a return; whoever holds the one from before can still
        look at it, and go back to it with `restore`.
        """
        if self._history is None and self._keeps_history and not self._safe_point.closed:
            self._safe_point.do(self._begin_history).wait()
        # Values are told to those who listen when they are read.
        self._curves.read()
        return None if self._history is None else self._history.recording

    def _remember(self, action: Callable[[], None]) -> None:
        """Do something at the safe point that training must not stop for."""
        error = self._safe_point.do(action).error
        # Whoever closes it while it trains wants no history.
        if error is not None and not self._safe_point.closed:
            _log.error("no history is kept: %s", error, exc_info=error)
            self._keeps_history = False

    def _begin_history(self) -> None:
        """Begin one if there is none, at the safe point; without layers there is nothing to see."""
        if self._history is None and self._network.layers:
            self._renew_history()

    def _renew_history(self, before: Recording | None = None, past: Past | None = None) -> None:
        """Begin another at the safe point, with the past of an earlier one."""
        if self._history is not None:
            self._history.end()
        if not self._keeps_history:
            return
        history = self._history = History(self.info, self._start_of, self._network.classes)
        self._tracks[history.recording] = self._track
        if before is not None and past is not None:
            history.go_on_from(before, past)
        history.leaves_by(self._curves.listen(history.log))
        self._follow()
        self._remember_present()

    def _remember_present(self) -> None:
        """Take a frame, at the safe point."""
        history = self._history
        wants = None if history is None else history.request()
        if history is not None and wants is not None:
            shot = Shot(wants, self._network.capture(wants, self.step_count))
            history.deliver(self._camera.develop(shot))

    @contextmanager
    def _remembered(self) -> Iterator[None]:
        """Take frames as they come, while this thread trains."""
        self._following = True
        self._remember(self._begin_history)
        self._follow()
        try:
            yield
        finally:
            self._following = False
            self._follow()
            self._remember(self._remember_present)

    def _follow(self) -> None:
        # Whoever is subscribed keeps the publisher alive, and that the trainer.
        if self._leave_publisher is not None:
            self._leave_publisher()
        self._leave_publisher = None
        if self._following and self._history is not None:
            self._leave_publisher = self.subscribe(self._history)
