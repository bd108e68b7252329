"""What goes onto a page: a view with its controls as they are set, and what it draws from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

__all__ = ["Exhibit", "Exhibitable", "exhibit_of"]


@dataclass(frozen=True)
class Exhibit:
    """One view as it travels.

    Attributes
    ----------
    entry
        The front end's entry that shows it (`js/src/page.ts`).
    state
        Its traits: what JSON holds, and bytes.
    title, about
        What is said above it.
    still
        A PNG for places that run no script, or None.
    left_out
        Names of what stands beside the view and cannot travel, since it needs Python.
    """

    entry: Literal["explorer"]
    state: Mapping[str, Any]
    title: str
    about: str = ""
    still: bytes | None = None
    left_out: tuple[str, ...] = ()


@runtime_checkable
class Exhibitable(Protocol):
    """Whatever can say how it travels: the views do."""

    def _exhibit_(self) -> Exhibit:
        """How it stands now."""


def exhibit_of(x: Any) -> Exhibit:
    """How something would stand on a page now.

    Raises
    ------
    TypeError
        If there is no way to show it without Python.
    """
    if isinstance(x, Exhibit):
        return x
    if isinstance(x, Exhibitable) and not isinstance(x, type):
        return x._exhibit_()
    raise TypeError(
        f"cannot put a {type(x).__name__} onto a page: give a recording, a trainer, a network, an "
        "array of kernels or one of the views"
    )
