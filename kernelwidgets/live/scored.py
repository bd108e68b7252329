"""A live model whose test score is kept fresh."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from kernelwidgets.live.live_model import LiveModel
from kernelwidgets.live.score import NothingToMeasureError, Score
from kernelwidgets.wire.commands import Handle

__all__ = ["Scored"]

_log = logging.getLogger("kernelwidgets")


class Scored(LiveModel):
    """Measures a score between steps as the budget allows, after gestures, and at rest.

    A subclass sets `_score`.
    """

    _score: Score | None = None
    _edited = False

    def _pass_safe_point(self) -> None:
        super()._pass_safe_point()
        if self._score is not None and (self._edited or self._score.due):
            self._edited = False
            self._measure()

    def _change(self, action: Callable[[], str | None]) -> Handle:
        score = self._score
        if score is None:
            return super()._change(action)

        def change() -> str | None:
            at_rest = not self.training
            if at_rest and score.stale:
                self._measure()
            before = score.present()
            note = action()
            if score.present() != before and not score.forgotten:
                score.gesture()
                self._edited = True
            if not self.training and score.stale:
                self._edited = False
                self._measure()
            return note

        return super()._change(change)

    def serve(self) -> None:
        """Do what waits for a training thread that is gone, and keep the score at rest fresh."""
        super().serve()
        self._refresh_score()

    def _refresh_score(self) -> None:
        if self._score is not None and not self.training and self._score.stale:
            self._safe_point.do(self._measure)

    def _measure(self) -> None:
        score = self._score
        if score is None:
            return
        start = time.perf_counter()
        try:
            values = score.measure(at_rest=not self.training)
        except NothingToMeasureError as error:
            self._score = None
            self._score_text = f"no test score: {error}"
            return
        except Exception as error:  # noqa: BLE001  # a metric that fails must not end training
            self._score = None
            self._score_text = f"no test score: {type(error).__name__}: {error}"
            _log.exception("the score could not be measured")
            return
        self._curves.log(self.step_count, values)
        self._score_text = score.text
        self._meter.exclude(time.perf_counter() - start)

    def _forget_score(self) -> None:
        if self._score is not None:
            self._score.forget()
            self._score_text = ""
