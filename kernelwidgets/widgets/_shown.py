"""What the mounted views of a widget show, taken together."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from kernelwidgets.wire.schema import Part, Visible

__all__ = ["Mounted", "Shown"]

MOST_VIEWS = 64


@dataclass(frozen=True)
class Shown:
    """What can be seen: `rows` are (first, last) positions in the order of the kernels.

    Ends are exclusive; no rows or maps with their part shown are all of them.
    """

    parts: frozenset[Part]
    rows: tuple[tuple[int, int], ...] = ()
    ins: tuple[int, int] | None = None
    maps: tuple[int, int] | None = None


class Mounted:
    """The views of one widget, in one tab or several, and what each of them shows."""

    def __init__(self) -> None:
        self.heard = False
        self._views: OrderedDict[str, Visible] = OrderedDict()

    def note(self, event: Visible) -> None:
        """Take word from one view, unless a later word of it has come already.

        While a cell runs, ipykernel hands the messages of one widget to two threads, and may
        deliver the later one first.
        """
        self.heard = True
        known = self._views.pop(event.view, event)
        self._views[event.view] = event if event.nth >= known.nth else known
        if len(self._views) > MOST_VIEWS:
            hidden = (name for name, view in self._views.items() if not view.parts)
            del self._views[next(hidden, next(iter(self._views)))]

    def shown(self) -> Shown | None:
        """Everything that any of them shows; None while nothing can be seen."""
        views = [view for view in self._views.values() if view.parts]
        if not views:
            return None
        kernels = [view.kernels for view in views if "kernels" in view.parts and view.kernels]
        maps = [view.maps for view in views if "maps" in view.parts and view.maps]
        return Shown(
            parts=frozenset(part for view in views for part in view.parts),
            rows=tuple(sorted({(first, last) for first, last, _, _ in kernels})),
            ins=_span([(first, last) for _, _, first, last in kernels]),
            maps=_span(maps),
        )


def _span(spans: list[tuple[int, int]]) -> tuple[int, int] | None:
    if not spans:
        return None
    return min(first for first, _ in spans), max(last for _, last in spans)
