"""Following a layer's output through a network, up to the nonlinearity behind it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from kernelwidgets.models.capture import Capture
from kernelwidgets.models.geometry import channels
from kernelwidgets.models.layers import Layer
from kernelwidgets.wire.source import Want

__all__ = ["Enough", "Following", "Seen", "Watch"]

_NONLINEAR = frozenset(
    (
        "relu", "relu6", "leaky_relu", "prelu", "rrelu", "elu", "celu", "selu", "gelu", "silu",
        "mish", "hardtanh", "hardswish", "hardsigmoid", "hardshrink", "softshrink", "tanhshrink",
        "softplus", "softsign", "masked_fill", "threshold", "sigmoid", "logsigmoid", "tanh",
        "clamp", "clamp_min", "clip", "abs", "square", "glu", "softmax",
    )
)  # fmt: skip
_ENDS = frozenset(
    (
        "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
        "linear", "bilinear", "matmul", "mm", "bmm", "addmm", "einsum", "rmatmul",
        "scaled_dot_product_attention",
    )
)  # fmt: skip
_QUIET = frozenset(
    (
        "batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm", "dropout",
        "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout",
        "contiguous", "clone", "detach", "to", "type", "float",
    )
)  # fmt: skip
"""What may stand between a layer and its nonlinearity without a word about it."""

_TAG = "_kernelwidgets_path"


class Enough(BaseException):
    """Everything wanted has been seen; no Exception, so that the network's code lets it through."""


@dataclass
class Seen:
    """What one pass is to bring back from one layer."""

    layer: Layer
    before: list[Want] = field(default_factory=list)
    after: list[Want] = field(default_factory=list)
    calls: int = 0
    missing: str = ""
    output: Tensor | None = None

    @property
    def open(self) -> bool:
        """Whether anything is still to come."""
        return self.calls == 0 or bool(self.after)


class Watch:
    """Collects what is wanted while the network runs."""

    def __init__(self, capture: Capture, seen: dict[str, Seen], pictures: int, stop: bool) -> None:
        self._capture, self._seen, self._pictures, self._stop = capture, seen, pictures, stop

    @property
    def follows(self) -> bool:
        """Whether anything behind a nonlinearity is wanted."""
        return any(entry.after for entry in self._seen.values())

    def hook(self, entry: Seen) -> Any:
        """A forward hook for the layer of this entry."""

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

    def _finish(self, entry: Seen, path: tuple[str, ...], result: Tensor) -> None:
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

    def _take(self, entry: Seen, wants: list[Want], maps: Tensor, note: str = "") -> None:
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
            try:
                chosen = channels(want.outs, len(picture), picture.device)
            except IndexError as error:
                self._capture.notes[want] = str(error)
                continue
            self._capture.add(want, picture[chosen])
            self._capture.add_extremes(want.layer, want.quantity, picture)

    def _stop_if_enough(self) -> None:
        if self._stop and not any(entry.open for entry in self._seen.values()):
            raise Enough


class Following(TorchFunctionMode):
    """Tells a watch of every torch function, functional or called by a module."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
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
