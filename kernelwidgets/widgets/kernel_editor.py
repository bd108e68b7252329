"""One kernel under the hand."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import traitlets
from numpy.typing import NDArray

from kernelwidgets.widgets._base import View
from kernelwidgets.widgets._controls import EditorControls
from kernelwidgets.wire.schema import Part
from kernelwidgets.wire.source import Request, Want

__all__ = ["KernelEditor"]


class KernelEditor(View, EditorControls):
    """One kernel whose cells can be dragged, brushed, typed, frozen and put back.

    Parameters
    ----------
    kernel
        The kernel as (output, input), by default the first; another name of `selected`.

    Attributes
    ----------
    layer, selected
        The layer and the kernel.
    tool
        "value": drag up and down; "brush": sweep.
    sample, stage
        The probe picture beside the kernel, and the map that the kernel makes of it "before" or
        "after" the nonlinearity.
    palette
        "RdBu", "PuOr" or "gray".
    """

    _view = traitlets.Unicode("kernel-editor").tag(sync=True)

    parts: ClassVar[frozenset[Part]] = frozenset({"selected", "map", "probe"})

    def __init__(
        self,
        source: Any,
        layer: Any = None,
        kernel: tuple[int, int] | None = None,
        **controls: Any,
    ) -> None:
        if kernel is not None:
            if "selected" in controls:
                raise TypeError("kernel and selected are the same: give one of them")
            controls["selected"] = kernel
        super().__init__(source, layer=layer, **controls)

    @property
    def kernel(self) -> tuple[int, int]:
        """The kernel as (output, input)."""
        out, into = self.selected
        return out, into

    @kernel.setter
    def kernel(self, place: tuple[int, int]) -> None:
        self.selected = place

    @property
    def values(self) -> NDArray[Any]:
        """A copy of the kernel's values now, shape `(*kernel)`."""
        info = self.layer_info
        if info is None:
            raise ValueError("this source has no convolution layer, so there is no kernel to read")
        out, into = self.kernel
        want = Want("weight", info.name, (out,), (into, into + 1))
        return np.array(self.source.read(Request(frozenset([want]))).arrays[want][0, 0])
