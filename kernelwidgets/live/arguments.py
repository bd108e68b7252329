"""What users give, checked: each refusal says what to give instead."""

from __future__ import annotations

import math
import operator
from typing import Any, SupportsFloat

__all__ = ["positive_number", "require_function", "whole_number"]


def whole_number(name: str, value: Any, least: int | None = None) -> int:
    """Take a whole number, also one of numpy's.

    Raises
    ------
    TypeError, ValueError
        If it is none, or less than `least`.
    """
    wanted = "a whole number" if least is None else f"a whole number of at least {least}"
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise TypeError(f"{name} is {wanted}, not {value!r}")
    if least is not None and number < least:
        raise ValueError(f"{name} is {wanted}, not {number}")
    return number


def positive_number(name: str, value: Any, *, otherwise: str = "") -> float:
    """Take a finite number above zero.

    Parameters
    ----------
    otherwise
        What else may be given, for the message.

    Raises
    ------
    TypeError, ValueError
        If it is none.
    """
    wanted = f"{name} is a positive number{otherwise}, not {value!r}"
    if not isinstance(value, SupportsFloat) or isinstance(value, bool):
        raise TypeError(wanted)
    if not 0 < float(value) < math.inf:
        raise ValueError(wanted)
    return float(value)


def require_function(name: str, value: Any) -> None:
    """Refuse what cannot be called, and classes, of which an instance is meant.

    Raises
    ------
    TypeError
        With what to pass instead.
    """
    if isinstance(value, type):
        raise TypeError(
            f"{name} is a function, not the class {value.__name__}; "
            f"make an instance of it: {value.__name__}()"
        )
    if not callable(value):
        raise TypeError(f"{name} is a function, not {type(value).__name__}")
