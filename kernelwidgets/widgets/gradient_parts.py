"""What the gradient of one kernel is made of, worked out of a frame and packed for a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kernelwidgets.kernels.geometry import Geometry
from kernelwidgets.wire.arrays import Packer
from kernelwidgets.wire.gradient import GradientFrame
from kernelwidgets.wire.schema import LayerInfo
from kernelwidgets.wire.source import Frame, Request, Want

__all__ = ["Parts", "Sample"]

Array = NDArray[np.float64]
Sample = int | Literal["all"]

MOST_NUMBERS = 200_000
"""Inputs and output gradients of all samples travel together up to so many numbers."""

ROUNDING = 3e-4
"""A difference below this share of what was added up is rounding, also of an accelerator's."""


@dataclass(frozen=True, eq=False)
class Parts:
    """One kernel of a layer in one frame: its weights, its gradient, and what that is made of."""

    info: LayerInfo
    kernel: tuple[int, int]
    frame: Frame

    @staticmethod
    def request(info: LayerInfo, kernel: tuple[int, int]) -> Request:
        """What has to be asked of a source."""
        return Request(frozenset(_wants(info, kernel).values()))

    @property
    def answered(self) -> bool:
        """Whether the frame is of this kernel."""
        want = self._wants["weight"]
        return want in self.frame.arrays or want in self.frame.notes

    @property
    def weight(self) -> Array | None:
        """The kernel."""
        found = self._found("weight")
        return None if found is None else np.asarray(found[0, 0])

    @property
    def loss(self) -> float | None:
        """The loss, a single number."""
        found = self._found("loss")
        return None if found is None else float(found)

    @cached_property
    def inputs(self) -> Array | None:
        """What the layer read, padded, `(samples, *size)`."""
        found = self._found("layer_input")
        return None if found is None else np.asarray(self.window.pad(found[:, 0]))

    @cached_property
    def outputs(self) -> Array | None:
        """The gradient of what the layer answered, `(samples, *map)`."""
        found = self._found("output_gradient")
        return None if found is None else np.asarray(found[:, 0])

    @cached_property
    def shares(self) -> Array | None:
        """What each sample adds to the gradient, `(samples, *k)`; None if that is not known."""
        if self.inputs is None or self.outputs is None:
            return None
        size = self.info.kernel_size
        shares = [self._products(cell).sum(axis=1) for cell in np.ndindex(*size)]
        return np.asarray(np.stack(shares, axis=1).reshape(-1, *size))

    @cached_property
    def rest(self) -> Array | None:
        """What other uses of the weight add; None where all of the gradient comes from here."""
        whole, shares = self._found("loss_gradient"), self.shares
        if whole is None or shares is None:
            return None
        rest = np.asarray(whole[0, 0] - shares.sum(axis=0))
        cells = np.ndindex(*self.info.kernel_size)
        added = np.reshape([np.abs(self._products(cell)).sum() for cell in cells], rest.shape)
        return rest if (np.abs(rest) > ROUNDING * added + 1e-12).any() else None

    @property
    def gradient(self) -> Array | None:
        """The gradient of the loss, of the kernel's shape."""
        whole, shares = self._found("loss_gradient"), self.shares
        if whole is not None:
            return np.asarray(whole[0, 0])
        return None if shares is None else np.asarray(shares.sum(axis=0))

    @property
    def missing(self) -> str:
        """Why there is no gradient; "" if there is one."""
        if self.gradient is not None:
            return ""
        notes = [self.frame.notes.get(want, "") for want in self._wants.values()]
        return next((note for note in reversed(notes) if note), "this source has no gradients")

    @property
    def names(self) -> tuple[str, ...]:
        """What the samples are called, one name for each row of the layer's input."""
        names, rows = self.frame.samples, 0 if self.outputs is None else len(self.outputs)
        if not names or rows % len(names):
            return tuple(f"row {row + 1}" for row in range(rows))
        if rows == len(names):
            return names
        calls = range(1, rows // len(names) + 1)
        return tuple(f"{name}, call {call}" for call in calls for name in names)

    @property
    def window(self) -> Geometry:
        """How the kernel slides."""
        info = self.info
        return Geometry(
            info.kernel_size,
            tuple(info.padding),
            info.padding_mode,
            tuple(info.stride),
            tuple(info.dilation),
        )

    def products(self, cell: Sequence[int], sample: Sample) -> Array | None:
        """Input times output gradient, `(samples, *map)`, where a cell touched the input."""
        if self.inputs is None or self.outputs is None:
            return None
        chosen = slice(None) if sample == "all" else slice(sample, sample + 1)
        products = self._products(tuple(cell))[chosen]
        return products.reshape(-1, *self.outputs.shape[1:])

    def planes(self, sample: Sample) -> tuple[Array, Array, Array] | None:
        """Input, output gradient and gradient, each (height, width); None without a gradient.

        Several signals lie below each other; of several pictures it is the first.
        """
        x, g, shares = self.inputs, self.outputs, self.shares
        if x is None or g is None or shares is None:
            return None
        nth = 0 if sample == "all" else sample
        if x.ndim > 2:
            return x[nth], g[nth], shares[nth]
        rows = slice(None) if sample == "all" else slice(nth, nth + 1)
        return x[rows], g[rows], shares[rows].sum(axis=0, keepdims=True)

    def pack(self, sample: Sample) -> tuple[GradientFrame, bytes]:
        """Everything that a page draws of the gradient, and the arrays' bytes."""
        packer = Packer()

        def add(values: Array | None) -> Any:
            return None if values is None else packer.add(values, exact=True)

        info, notes = self.info, self.frame.notes
        rows, shown, inputs, outputs = len(self.names), [], None, None
        if self.inputs is not None and self.outputs is not None:
            numbers = self.inputs.size + self.outputs.size
            if numbers <= MOST_NUMBERS:
                shown = list(range(rows))
            elif sample != "all" or rows == 1:
                shown = [0 if sample == "all" else min(sample, rows - 1)]
            inputs, outputs = self.inputs[shown], self.outputs[shown]
        missing = self.missing
        remark = notes.get(self._wants["loss_gradient"]) or notes.get(self._wants["layer_input"])
        header = GradientFrame(
            step=self.frame.step,
            layer=info.name,
            kernel=self.kernel,
            first=int(np.ravel_multi_index(self.kernel, info.shape[:2]))
            * int(np.prod(info.kernel_size)),
            missing=missing,
            note="" if missing else remark or "",
            text=notes.get(self._wants["loss"], ""),
            loss=self.loss,
            samples=list(self.names),
            shown=shown,
            padding=list(info.padding),
            stride=list(info.stride),
            dilation=list(info.dilation),
            weight=add(self.weight),
            shares=add(self.shares),
            rest=add(self.rest),
            inputs=add(inputs) if shown else None,
            outputs=add(outputs) if shown else None,
        )
        return header, packer.bytes()

    @cached_property
    def _wants(self) -> dict[str, Want]:
        return _wants(self.info, self.kernel)

    def _found(self, name: str) -> Array | None:
        array = self.frame.arrays.get(self._wants[name])
        return None if array is None else array.astype(np.float64)

    def _products(self, cell: tuple[int, ...]) -> Array:
        assert self.inputs is not None
        assert self.outputs is not None
        touched = self.inputs[self.window.cells_under(cell, self.outputs.shape[1:])]
        return np.asarray((touched * self.outputs).reshape(len(self.outputs), -1))


def _wants(info: LayerInfo, kernel: tuple[int, int]) -> dict[str, Want]:
    out, into = kernel
    ins = (into, into + 1)
    return {
        "weight": Want("weight", info.name, (out,), ins),
        "layer_input": Want("layer_input", info.name, (out,), ins),
        "output_gradient": Want("output_gradient", info.name, (out,)),
        "loss": Want("loss"),
        "loss_gradient": Want("loss_gradient", info.name, (out,), ins),
    }
