"""What mounted views show, as their words come in."""

from __future__ import annotations

from kernelwidgets.widgets._shown import MOST_VIEWS, Mounted
from kernelwidgets.wire.schema import Visible


def _parts(mounted: Mounted) -> set[str]:
    shown = mounted.shown()
    return set() if shown is None else set(shown.parts)


def test_a_word_that_was_overtaken_does_not_count() -> None:
    mounted = Mounted()
    mounted.note(Visible(view="one", parts=["kernels"], nth=2))
    mounted.note(Visible(view="one", parts=[], nth=1))
    assert _parts(mounted) == {"kernels"}
    mounted.note(Visible(view="two", parts=["maps"], nth=1))
    mounted.note(Visible(view="one", parts=[], nth=4))
    mounted.note(Visible(view="one", parts=["curves"], nth=3))
    assert _parts(mounted) == {"maps"}


def test_of_very_many_views_those_out_of_sight_are_forgotten_first() -> None:
    mounted = Mounted()
    mounted.note(Visible(view="seen", parts=["kernels"], nth=1))
    for count in range(2 * MOST_VIEWS):
        mounted.note(Visible(view=f"gone {count}", parts=["maps"], nth=1))
        mounted.note(Visible(view=f"gone {count}", parts=[], nth=2))
    assert _parts(mounted) == {"kernels"}
