"""What live training raises."""

from __future__ import annotations

__all__ = ["StopTraining"]


class StopTraining(Exception):  # noqa: N818  # a request, not an error; `StopIteration` is the model
    """Raised out of `optimizer.step()` when someone asked the run to end.

    `LiveModel.run` and `Trainer` catch it; a loop of your own may catch it to end quietly.
    """
