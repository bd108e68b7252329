"""What kernels are, for whatever holds kernels: arrays, layers, networks, sources."""

from __future__ import annotations

import contextlib
import sys
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from kernelwidgets.kernels import description, metrics
from kernelwidgets.kernels.metrics import LayerReport
from kernelwidgets.naming import is_describable
from kernelwidgets.sources import as_source
from kernelwidgets.wire.info import reads_color
from kernelwidgets.wire.schema import LayerInfo
from kernelwidgets.wire.source import Frame, Request, Source, Want

__all__ = ["describe", "layer_report"]


def describe(x: Any, rgb: bool = False, *, layer: Any = None, layout: str | None = None) -> Any:
    """Say what kernels are.

    Parameters
    ----------
    x
        One kernel (*k), a weight (out, in, *k), a layer, a network, a LiveModel or Trainer, a
        state_dict, or any other source of frames.
    rgb
        Take the three input channels of a layer that reads colors as one color kernel.
    layer
        Name or position of one layer of a network; all of them by default.
    layout
        Order of the axes of an array, such as "HWIO" for Keras, or "OHW" for n kernels.

    Returns
    -------
    KernelDescription or table
        The description of one kernel; of several a table with one row a kernel, its `layer`, `out`
        and `in` first: a pandas DataFrame, or a list of dictionaries without pandas.

    Raises
    ------
    TypeError
        If it holds no real numbers.
    ValueError
        If it is empty, not finite, has other axes, or there is no such layer.
    """
    if layer is None and layout is None and not _holds_layers(x):
        return description.describe(_plain(x), rgb)
    infos, frame, _ = _read(x, layer, layout, ("weight",))
    rows = []
    for info in infos:
        with _about(info):
            weight = frame.arrays[Want("weight", info.name)]
            bank = description.describe_bank(weight, rgb and reads_color(info))
        rows += [{"layer": info.name} | row for row in bank.rows()]
    return description.as_table(rows)


def layer_report(source: Any, layer: Any = 0, rgb: bool = False) -> LayerReport:
    """Report on one layer: numbers beside those of random weights, and what they say.

    Parameters
    ----------
    source
        As for `describe`.
    layer
        Name or position of the layer, or the module itself.
    rgb
        As for `describe`.

    Returns
    -------
    LayerReport
        Prints as a small table and sentences. The distance from the start is known where somebody
        watched the start: for a LiveModel, a Trainer or another source.

    Raises
    ------
    TypeError, ValueError
        As for `describe`.
    """
    (info,), frame, watched = _read(source, layer, None, ("weight", "change"))
    weight = frame.arrays[Want("weight", info.name)]
    change = frame.arrays.get(Want("change", info.name)) if watched else None
    start = None if change is None else weight - change
    with _about(info):
        return metrics.layer_report(weight, start, rgb and reads_color(info))


def _is_module(x: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(x, torch.nn.Module)


def _holds_layers(x: Any) -> bool:
    return isinstance(x, (Mapping, Source)) or _is_module(x)


def _plain(x: Any) -> Any:
    if hasattr(x, "detach") and hasattr(x, "cpu"):
        x = x.detach().cpu()
        # numpy knows no bfloat16.
        return x.float() if x.is_floating_point() else x
    if not isinstance(x, (int, float, complex, list, tuple)) and not hasattr(x, "__array__"):
        raise TypeError(
            f"cannot describe a {type(x).__name__}: give a kernel, a weight (out, in, *k), a "
            "layer, a network, a LiveModel, a state_dict, or another source"
        )
    return x


def _read(
    x: Any, layer: Any, layout: str | None, quantities: tuple[Any, ...]
) -> tuple[list[LayerInfo], Frame, bool]:
    """Read layers once; returns their facts, the frame, and whether their start was watched."""
    source, watched = _source_of(x, layout)
    infos = _all_of(source) if layer is None else [_layer_of(source, layer)]
    wants = {Want(quantity, info.name) for info in infos for quantity in quantities}
    return infos, source.read(Request(frozenset(wants))), watched


def _source_of(x: Any, layout: str | None) -> tuple[Any, bool]:
    if _is_module(x) and layout is None:
        from kernelwidgets.live import existing_live_model

        watcher = existing_live_model(x)
        return (_Unwatched(x), False) if watcher is None else (watcher, True)
    return as_source(x, layout), isinstance(x, Source)


class _Unwatched:
    """A network that nobody watches, read as it is now without a hook left on it."""

    def __init__(self, model: Any) -> None:
        from kernelwidgets.models import Network

        self._network = Network(model)
        self.resolve = self._network.resolve
        self.info = self._network.info("", "")

    def read(self, request: Request) -> Frame:
        frame: Frame = self._network.capture(request, 0).frame()
        return frame


def _layer_of(source: Any, layer: Any) -> LayerInfo:
    infos: list[LayerInfo] = source.info.layers
    if isinstance(layer, str):
        found = [info for info in infos if layer in info.names]
    elif isinstance(layer, int):
        found = infos[layer:][:1] if -len(infos) <= layer < len(infos) else []
    else:
        name = source.resolve(layer) if hasattr(source, "resolve") else None
        found = [info for info in infos if info.name == name]
    if not found:
        names = ", ".join(repr(info.name) for info in infos) or "no convolution layers"
        raise ValueError(f"no layer {layer!r}; there are {names}")
    if not is_describable(found[0]):
        raise ValueError(f"{found[0].text}: only kernels of one or two axes have families")
    return found[0]


def _all_of(source: Any) -> list[LayerInfo]:
    infos: list[LayerInfo] = source.info.layers
    known = [info for info in infos if is_describable(info)]
    rest = ", ".join(info.name for info in infos if not is_describable(info))
    if not known:
        raise ValueError(
            f"only kernels of one or two axes have families, not those of {rest}"
            if rest
            else "there is no convolution layer here"
        )
    if rest:
        warnings.warn(f"left out, since their kernels have three axes: {rest}", stacklevel=4)
    return known


@contextlib.contextmanager
def _about(info: LayerInfo) -> Iterator[None]:
    """Say in an error which layer it is about."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"layer {info.name!r}: {error}") from error
