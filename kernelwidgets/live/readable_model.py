"""What can be read of a model while it trains."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from torch import nn

from kernelwidgets.live.live_source import LiveSource
from kernelwidgets.wire.schema import LayerInfo
from kernelwidgets.wire.source import Request, Want, Wanted

__all__ = ["LayerKey", "ReadableModel"]

LayerKey = str | int | nn.Module


class ReadableModel(LiveSource):
    """The reading half of a `LiveModel`: from any thread, also while training runs."""

    def resolve(self, layer: LayerKey) -> str:
        """Name of the layer that is meant by a name, a module or a position.

        Raises
        ------
        ValueError
            If there is no such layer.
        """
        return self._network.resolve(layer)

    @property
    def model(self) -> nn.Module:
        """The model, without wrappers."""
        return self._network.model

    @property
    def layers(self) -> Mapping[str, LayerInfo]:
        """The convolution layers, by name; lazy ones once they exist."""
        if self._safe_point.free:
            self._safe_point.do(self._refresh)
        layers = {name: layer.info for name, layer in self._network.layers.items()}
        return MappingProxyType(layers)

    @property
    def step_count(self) -> int:
        """Steps taken while watched."""
        return self._safe_point.step

    @property
    def cost(self) -> float:
        """Share of training time that watching has cost lately, as measured."""
        return self._meter.cost

    def kernels(self, layer: LayerKey) -> NDArray[Any]:
        """Weights of a layer, `(out, in/groups, *kernel)`.

        Parameters
        ----------
        layer
            Name, module or position.

        Raises
        ------
        ValueError
            If there is no such layer.
        """
        return self._array("weight", layer)

    def gradients(self, layer: LayerKey) -> NDArray[Any]:
        """Gradient that the last step used, `(out, in/groups, *kernel)`.

        Raises
        ------
        ValueError
            If there is no such layer, or no gradient; the message says why.
        """
        return self._array("gradient", layer)

    def biases(self, layer: LayerKey) -> NDArray[Any]:
        """Biases of a layer, `(out,)`.

        Raises
        ------
        ValueError
            If there is no such layer, or it has no bias.
        """
        return self._array("bias", layer)

    def feature_maps(
        self, layer: LayerKey, sample: int = 0, stage: Literal["before", "after"] = "after"
    ) -> NDArray[Any]:
        """What a layer makes of a probe picture, `(out, *map)`.

        Parameters
        ----------
        layer
            Name, module or position.
        sample
            Which of the probe pictures.
        stage
            Before or after the nonlinearity.

        Raises
        ------
        ValueError
            If there is no such layer or picture, or no probe yet.
        """
        if stage not in ("before", "after"):
            raise ValueError(f"stage is 'before' or 'after', not {stage!r}")
        return self._array("map_before" if stage == "before" else "map_after", layer, sample)

    def _array(self, quantity: Wanted, layer: LayerKey, sample: int = 0) -> NDArray[Any]:
        want = Want(quantity, self._network.resolve(layer), sample=sample)
        frame = self.read(Request(frozenset({want})))
        if want not in frame.arrays:
            raise ValueError(frame.notes.get(want, f"{want.layer} has no {quantity}"))
        return np.array(frame.arrays[want])
