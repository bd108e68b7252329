"""Probe passes: what the layers make of the probe's pictures, without a trace left behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from kernelwidgets.models.answers import best_guesses, logits_of
from kernelwidgets.models.capture import Capture
from kernelwidgets.models.guard import no_trace
from kernelwidgets.models.layers import Layer, is_waiting
from kernelwidgets.models.probe import Probe
from kernelwidgets.wire.source import Want

__all__ = ["Passes"]

_NONLINEAR = frozenset(
    [
        "relu",
        "relu6",
        "leaky_relu",
        "prelu",
        "rrelu",
        "elu",
        "celu",
        "selu",
        "gelu",
        "silu",
        "mish",
        "hardtanh",
        "hardswish",
        "hardsigmoid",
        "hardshrink",
        "softshrink",
        "tanhshrink",
        "softplus",
        "softsign",
        "threshold",
        "sigmoid",
        "logsigmoid",
        "log_sigmoid",
        "tanh",
        "clamp",
        "clamp_min",
        "clip",
        "abs",
        "square",
        "glu",
        "softmax",
    ]
)
_ENDS = frozenset(
    [
        "conv1d",
        "conv2d",
        "conv3d",
        "conv_transpose1d",
        "conv_transpose2d",
        "conv_transpose3d",
        "linear",
        "bilinear",
        "matmul",
        "mm",
        "bmm",
        "addmm",
        "einsum",
        "rmatmul",
        "scaled_dot_product_attention",
    ]
)
_QUIET = frozenset(
    [
        "batch_norm",
        "layer_norm",
        "group_norm",
        "instance_norm",
        "rms_norm",
        "dropout",
        "dropout1d",
        "dropout2d",
        "dropout3d",
        "alpha_dropout",
        "feature_alpha_dropout",
        "contiguous",
        "clone",
        "detach",
        "to",
        "type",
        "float",
    ]
)
"""What may stand between a layer and its nonlinearity without a word about it."""

_TAG = "_kernelwidgets_path"


class _Enough(BaseException):
    """Everything wanted has been seen; no Exception, so that the network's code lets it through."""


@dataclass
class _Seen:
    """What one pass is to bring back from one layer."""

    layer: Layer
    before: list[Want] = field(default_factory=list)
    after: list[Want] = field(default_factory=list)
    calls: int = 0
    missing: str = ""
    output: Tensor | None = None

    @property
    def open(self) -> bool:
        return self.calls == 0 or bool(self.after)


class Passes:
    """Runs the network on its probe."""

    def __init__(self, model: nn.Module, layers: Mapping[str, Layer]) -> None:
        self._model, self._layers = model, layers
        self._writes_parameters = True

    def scan(self, probe: Probe) -> bool:
        """Find out which layers read the picture itself; True if that is news.

        Also whether the network writes to its parameters when it runs: then it always runs on
        copies of them.
        """
        before = [layer.info.reads_image for layer in self._layers.values()]
        inputs = self._inputs(probe)
        modules = list(self._model.modules())
        if any(map(is_waiting, modules)):
            return False
        reads = dict.fromkeys(self._layers, False)

        def look(layer: Layer) -> Any:
            def hook(_: nn.Module, args: tuple[Any, ...]) -> None:
                if args and isinstance(args[0], Tensor):
                    reads[layer.name] |= _is_same(args[0], inputs[0])

            return hook

        parameters = [(dict(module._parameters), module) for module in modules]
        wrote = False
        try:
            with no_trace(modules, copy_parameters=True):
                for layer in self._layers.values():
                    layer.module.register_forward_pre_hook(look(layer))
                self._model(*(_own(value) for value in inputs))
                wrote = any(
                    not _bitwise_equal(tensor, module._parameters.get(name))
                    for saved, module in parameters
                    for name, tensor in saved.items()
                    if tensor is not None
                )
        except Exception:  # noqa: BLE001 - any failure is told when maps are wanted
            wrote = True
        self._writes_parameters = wrote
        for name, layer in self._layers.items():
            layer.saw_image(reads[name])
        return before != [layer.info.reads_image for layer in self._layers.values()]

    def add(
        self,
        capture: Capture,
        wants: Iterable[Want],
        probe: Probe,
        answers: bool,
        classes: list[str] | None,
    ) -> None:
        """Run the network and copy the maps and answers that are wanted, or note why not."""
        seen: dict[str, _Seen] = {}
        for want in wants:
            if not 0 <= want.sample < len(probe.pictures):
                count = len(probe.pictures)
                capture.notes[want] = f"the probe has pictures 0 to {count - 1}, not {want.sample}"
                continue
            entry = seen.setdefault(want.layer, _Seen(self._layers[want.layer]))
            (entry.before if want.quantity == "map_before" else entry.after).append(want)
        if not seen and not answers:
            return
        watch = _Watch(capture, seen, len(probe.pictures), stop=not answers)
        modules = list(self._model.modules())
        if any(map(is_waiting, modules)):
            watch.fail("some of the network's layers wait for their first input")
            return
        output = None
        try:
            with no_trace(modules, copy_parameters=self._writes_parameters):
                for entry in seen.values():
                    entry.layer.module.register_forward_hook(watch.hook(entry))
                with _Following(watch):
                    output = self._model(*(_own(value) for value in self._inputs(probe)))
        except _Enough:
            pass
        except Exception as error:  # noqa: BLE001 - a note, never an exception into training
            watch.fail(f"the network cannot run on the probe: {type(error).__name__}: {error}")
            return
        watch.end()
        logits = logits_of(output, len(probe.pictures)) if answers and classes else None
        if logits is not None and classes:
            names, staged = classes, capture.staging.copy(logits)
            capture.add_answers(lambda: best_guesses(staged, names))

    def _inputs(self, probe: Probe) -> tuple[Any, ...]:
        like = next(self._model.parameters(), None)

        def place(value: Any) -> Any:
            if like is None or not isinstance(value, Tensor):
                return value
            return value.to(like.device, like.dtype if value.is_floating_point() else None)

        return tuple(map(place, probe.inputs))


class _Watch:
    """Collects what is wanted while the network runs."""

    def __init__(self, capture: Capture, seen: dict[str, _Seen], pictures: int, stop: bool) -> None:
        self._capture, self._seen, self._pictures, self._stop = capture, seen, pictures, stop

    def hook(self, entry: _Seen) -> Any:
        def seen(_: nn.Module, __: Any, output: Any) -> None:
            entry.calls += 1
            if entry.calls > 1 or not isinstance(output, Tensor):
                return
            self._take(entry, entry.before, output)
            if entry.after:
                entry.output = output.detach().clone()
                setattr(output, _TAG, {entry.layer.name: ()})
            self._stop_if_enough()

        return seen

    def follow(self, name: str, args: Iterable[Any], result: Any) -> None:
        """Keep track of what becomes of a layer's output, up to the first nonlinearity."""
        paths: dict[str, tuple[str, ...]] = {}
        for value in _tensors(args):
            paths.update(getattr(value, _TAG, None) or {})
        if isinstance(result, (tuple, list)) and result:
            result = result[0]
        if not paths or not isinstance(result, Tensor):
            return
        if name in _ENDS or name in _NONLINEAR:
            setattr(result, _TAG, None)
        else:
            setattr(result, _TAG, {layer: (*path, name) for layer, path in paths.items()})
        if name in _NONLINEAR:
            for layer, path in paths.items():
                self._finish(self._seen[layer], (*path, name), result)
            self._stop_if_enough()

    def fail(self, note: str) -> None:
        """Note for everything still wanted why it does not come."""
        for entry in self._seen.values():
            for want in (*entry.before, *entry.after):
                self._capture.notes.setdefault(want, note)

    def end(self) -> None:
        """Say what became of wants that the pass did not meet."""
        for entry in self._seen.values():
            name = entry.layer.name
            if entry.calls == 0:
                for want in (*entry.before, *entry.after):
                    self._capture.notes[want] = (
                        f"{name} was not called when the network ran on the probe; a functional "
                        "convolution with its weights shows no maps"
                    )
            elif entry.after and entry.output is not None:
                note = entry.missing or f"nothing nonlinear follows {name}: its output itself"
                self._take(entry, entry.after, entry.output, note)
            if entry.calls > 1:
                for want in entry.before:
                    note = f"{name} is called {entry.calls} times; this is the first"
                    self._capture.notes.setdefault(want, note)

    def _finish(self, entry: _Seen, path: tuple[str, ...], result: Tensor) -> None:
        if not entry.after or entry.output is None:
            return
        way = " → ".join(name for name in path if name not in _QUIET)
        dims = len(entry.layer.info.kernel_size)
        same = result.ndim == entry.output.ndim and (
            result.shape[-dims - 1] == entry.output.shape[-dims - 1]
        )
        if not same:
            entry.missing = f"after {way} there is no longer one map for each filter: before it"
            return
        wants, entry.after = entry.after, []
        self._take(entry, wants, result, f"after {way}" if "→" in way else "")

    def _take(self, entry: _Seen, wants: list[Want], maps: Tensor, note: str = "") -> None:
        maps = maps.detach()
        if maps.ndim == len(entry.layer.info.kernel_size) + 1:
            maps = maps[None]
        pieces = len(maps) // self._pictures
        for want in wants:
            if pieces == 0 or pieces * self._pictures != len(maps):
                self._capture.notes[want] = (
                    f"{entry.layer.name} sees {len(maps)} pieces of {self._pictures} pictures"
                )
                continue
            if note:
                self._capture.notes[want] = note
            picture = maps[want.sample * pieces]
            if want.outs is not None and not all(0 <= out < len(picture) for out in want.outs):
                self._capture.notes[want] = f"there are maps 0 to {len(picture) - 1}"
                continue
            self._capture.add(want, picture if want.outs is None else picture[list(want.outs)])
            self._capture.add_extremes(want.layer, want.quantity, picture)

    def _stop_if_enough(self) -> None:
        if self._stop and not any(entry.open for entry in self._seen.values()):
            raise _Enough


class _Following(TorchFunctionMode):
    """Tells a watch of every torch function, functional or called by a module."""

    def __init__(self, watch: _Watch) -> None:
        super().__init__()
        self._watch = watch

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        # Looked at before the call: an operation in place returns the tensor that it was given.
        result = func(*args, **kwargs)
        name = getattr(func, "__name__", "").strip("_")
        self._watch.follow(name, (*args, *kwargs.values()), result)
        return result


def _tensors(args: Iterable[Any]) -> Iterable[Tensor]:
    for value in args:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, (tuple, list)):
            yield from (inner for inner in value if isinstance(inner, Tensor))


def _own(value: Any) -> Any:
    return value.clone() if isinstance(value, Tensor) else value


def _is_same(seen: Tensor, picture: Tensor) -> bool:
    if seen.numel() != picture.numel() or seen.dtype != picture.dtype:
        return False
    return bool(torch.equal(seen.reshape(-1), picture.to(seen.device).reshape(-1)))


def _bitwise_equal(one: Tensor, other: Tensor | None) -> bool:
    if other is None or one.shape != other.shape:
        return False
    return bool(((one == other) | (one != one) & (other != other)).all())  # noqa: PLR0124 - NaN
