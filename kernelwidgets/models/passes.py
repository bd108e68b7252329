"""Probe passes: what the layers make of the probe's pictures, without a trace left behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from kernelwidgets.models.answers import best_guesses, logits_of
from kernelwidgets.models.capture import Capture
from kernelwidgets.models.following import Enough, Following, Seen, Watch
from kernelwidgets.models.gradients import Objective
from kernelwidgets.models.guard import no_trace, random_states
from kernelwidgets.models.layers import Layer, is_waiting
from kernelwidgets.models.probe import Probe, given, offered
from kernelwidgets.models.recipe import Recipe
from kernelwidgets.models.staging import to_array
from kernelwidgets.wire.source import Want

__all__ = ["Passes"]

_NO_LOSS = (
    "there is no loss to take the gradient of. Watch the network with one, and with a probe whose "
    "right answers are known: kw.watch(model, optimizer, loss=torch.nn.functional.cross_entropy, "
    "probe=(x, y))"
)
_NO_PROBE = "there is no probe yet: the first training batch becomes it, or set one"


class Passes:
    """Runs the network on its probe.

    Parameters
    ----------
    classes
        Names of the network's answers, or None.
    """

    def __init__(
        self, model: nn.Module, layers: Mapping[str, Layer], classes: list[str] | None
    ) -> None:
        self._model, self._layers, self._classes = model, layers, classes
        self._writes_parameters = True
        self._draws = True
        self._probe: Probe | None = None
        self.is_new = False
        self._placed: tuple[object, tuple[Any, ...]] = (None, ())

    @property
    def probe(self) -> Probe | None:
        """The probe, if there is one."""
        return self._probe

    def give(self, value: Any) -> None:
        """Take a probe from the user; None makes room for the next training batch."""
        self._probe = None if value is None else given(value, self._classes, self._probe)
        self.is_new = True

    def offer(self, inputs: Any, labels: Any) -> None:
        """Take the first samples of a training batch if there is no probe."""
        if self._probe is None:
            self._probe = offered(inputs, labels, self._classes)
            self.is_new = self._probe is not None

    def replace(self, sample: int, pixels: NDArray[np.float32], label: str) -> None:
        """Replace one picture of the probe."""
        if self._probe is None:
            raise ValueError(_NO_PROBE)
        if not 0 <= sample < len(self._probe.labels):
            raise ValueError(self._no_picture(self._probe, sample))
        self._probe = self._probe.replaced(sample, pixels, label)

    def look(self) -> bool:
        """Run a new probe through the network once; True if there was one.

        Finds out which layers read the picture itself, whether the network writes to its
        parameters when it runs (then it always runs on copies of them), and whether it draws
        random numbers (if not, the random states can be left alone).
        """
        if not self.is_new:
            return False
        self.is_new = False
        if self._probe is not None:
            self._look(self._probe)
        return True

    def _look(self, probe: Probe) -> None:
        inputs = self._inputs(probe)
        modules = list(self._model.modules())
        reads = dict.fromkeys(self._layers, False)

        def compare(layer: Layer) -> Any:
            def hook(_: nn.Module, args: tuple[Any, ...]) -> None:
                if args and isinstance(args[0], Tensor):
                    reads[layer.name] |= _is_same(args[0], inputs[0])

            return hook

        parameters = [(dict(module._parameters), module) for module in modules]
        wrote = drew = False
        try:
            with no_trace(modules, copy_parameters=True):
                states = random_states()
                for layer in self._layers.values():
                    layer.module.register_forward_pre_hook(compare(layer))
                self._model(*(_own(value) for value in inputs))
                drew = random_states() != states
                wrote = any(
                    not _bitwise_equal(tensor, module._parameters.get(name))
                    for saved, module in parameters
                    for name, tensor in saved.items()
                    if tensor is not None
                )
        except Exception:  # noqa: BLE001 - any failure is told when maps are wanted
            wrote = drew = True
        self._writes_parameters, self._draws = wrote, drew
        for name, layer in self._layers.items():
            layer.saw_image(reads[name])

    def plan_picture(self, recipe: Recipe, want: Want) -> bool:
        """Have a picture of the probe, `(channels, *size)`, if it is there, on the CPU."""
        try:
            picture, span = self._picture(want)
        except ValueError:
            return False
        if picture.device.type != "cpu":
            return False
        low, high = to_array(span).tolist()
        recipe.probe_range = low, high
        recipe.shows(want, picture, self._pictures)
        return True

    def _pictures(self) -> tuple[object, int]:
        """What changes whenever a picture does."""
        probe = self._probe
        if probe is None or probe.pictures.is_inference():
            return probe, 0
        return probe, probe.pictures._version

    def add_picture(self, capture: Capture, want: Want) -> None:
        """Copy a picture of the probe, `(channels, *size)`.

        Raises
        ------
        ValueError
            If there is no such picture.
        """
        picture, span = self._picture(want)
        capture.add(want, picture)
        capture.add_probe_range(span)

    def _picture(self, want: Want) -> tuple[Tensor, Tensor]:
        probe = self._probe
        if probe is None:
            raise ValueError(_NO_PROBE)
        if not 0 <= want.sample < len(probe.labels):
            raise ValueError(self._no_picture(probe, want.sample))
        picture = probe.pictures[want.sample]
        sides = [len(layer.info.kernel_size) for layer in self._layers.values()]
        return (picture[None] if picture.ndim in sides else picture), probe.range

    def add(self, capture: Capture, wants: list[Want], answers: bool) -> None:
        """Run the network and copy the maps and answers that are wanted, or note why not."""
        probe, classes = self._probe, self._classes
        answers = answers and classes is not None
        if probe is None:
            capture.notes.update(dict.fromkeys(wants, _NO_PROBE))
            return
        seen: dict[str, Seen] = {}
        for want in wants:
            if not 0 <= want.sample < len(probe.pictures):
                capture.notes[want] = self._no_picture(probe, want.sample)
                continue
            entry = seen.setdefault(want.layer, Seen(self._layers[want.layer]))
            (entry.before if want.quantity == "map_before" else entry.after).append(want)
        if not seen and not answers:
            return
        watch = Watch(capture, seen, len(probe.pictures), stop=not answers)
        modules = list(self._model.modules())
        if any(map(is_waiting, modules)):
            watch.fail("some of the network's layers wait for their first input")
            return
        output = None
        try:
            with no_trace(modules, copy_parameters=self._writes_parameters, draws=self._draws):
                for entry in seen.values():
                    entry.layer.module.register_forward_hook(watch.hook(entry))
                with Following(watch) if watch.follows else nullcontext():
                    output = self._model(*(_own(value) for value in self._inputs(probe)))
        except Enough:
            pass
        except Exception as error:  # noqa: BLE001 - a note, never an exception into training
            watch.fail(f"the network cannot run on the probe: {type(error).__name__}: {error}")
            return
        watch.end()
        logits = logits_of(output, len(probe.pictures)) if answers and classes else None
        if logits is not None and classes:
            names, staged = classes, capture.staging.copy(logits)
            capture.add_answers(lambda: best_guesses(staged, names))

    def objective(self, loss: Callable[[Any, Any], Tensor] | None) -> Objective:
        """The loss on the probe.

        Raises
        ------
        ValueError
            If there is none, or the right answers to the probe's pictures are not known.
        """
        probe = self._probe
        if loss is None:
            raise ValueError(_NO_LOSS)
        if probe is None or probe.answers is None:
            missing = _NO_PROBE if probe is None else "the right answers to the probe are not known"
            raise ValueError(f"{missing}. A loss needs them: probe=(x, y)")
        inputs, answers = self._inputs(probe), probe.answers
        like = inputs[0]
        answers = answers.to(like.device, like.dtype if answers.is_floating_point() else None)
        count = len(probe.labels)
        return Objective(
            lambda model: loss(model(*(_own(value) for value in inputs)), answers),
            tuple(probe.labels),
            f"the {count} probe pictures" if count > 1 else "the probe picture",
        )

    @staticmethod
    def _no_picture(probe: Probe, sample: int) -> str:
        return f"the probe has pictures 0 to {len(probe.labels) - 1}, not {sample}"

    def _inputs(self, probe: Probe) -> tuple[Any, ...]:
        """The probe where the network is, sent there once."""
        like = next(self._model.parameters(), None)
        if like is None:
            return probe.inputs
        place = (probe, like.device, like.dtype)
        if self._placed[0] != place:
            inputs = tuple(
                value.to(like.device, like.dtype if value.is_floating_point() else None)
                if isinstance(value, Tensor)
                else value
                for value in probe.inputs
            )
            self._placed = place, inputs
        return self._placed[1]


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
