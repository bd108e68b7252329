"""The probe: a few pictures that a network is asked about again and again."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

__all__ = ["Probe", "as_pixels", "first_samples", "sample_count", "sample_names"]

OFFERED = 16
"""So many samples of the first training batch become the probe when none is given."""

_LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in brightness (ITU-R BT.601)."""


class Probe:
    """Pictures in the shape that the network takes, and their labels.

    Parameters
    ----------
    inputs
        What the network is called with. The first is the batch of pictures
        `(samples, channels, *size)`; others are handed over as they are.
    labels
        One word or number for each picture, or other right answers as a tensor.

    Attributes
    ----------
    answers
        The labels as a tensor, if they are numbers: what a loss compares with.
    """

    def __init__(
        self,
        inputs: tuple[Any, ...],
        labels: Sequence[Any] | Tensor | None = None,
        classes: Sequence[str] | None = None,
    ) -> None:
        pictures = inputs[0]
        if pictures.ndim < 2 or len(pictures) == 0:
            raise ValueError(
                "a probe is a batch of pictures as the network takes them: (samples, channels, "
                f"*size), not {tuple(pictures.shape)}"
            )
        self.inputs = inputs
        self.answers = _numbers(labels)
        self.labels = sample_names(labels, len(pictures), classes)
        finite = torch.nan_to_num(pictures.float(), 0.0, 0.0, 0.0)
        self.range = torch.stack(torch.aminmax(finite))

    @property
    def pictures(self) -> Tensor:
        """The batch of pictures."""
        pictures: Tensor = self.inputs[0]
        return pictures

    def fit(self, pixels: NDArray[np.float32]) -> Tensor:
        """Bring a picture `(height, width, channels)` of 0 to 1 into the shape of the probe's.

        It is scaled to cover the size and cut around its center. 0 and 1 become the probe's
        lowest and highest value.

        Raises
        ------
        ValueError
            If the network does not take pictures.
        """
        sample = self.pictures[0]
        if sample.ndim not in (2, 3) or not sample.is_floating_point():
            raise ValueError(
                "a picture cannot be fitted to samples of shape "
                f"{tuple(sample.shape)} ({sample.dtype}); give a probe of that shape"
            )
        channels, (height, width) = len(sample) if sample.ndim == 3 else 1, sample.shape[-2:]
        picture = torch.from_numpy(np.ascontiguousarray(pixels, dtype=np.float32)).movedim(-1, 0)
        picture = picture[:3] if len(picture) >= 3 else picture[:1]
        if channels != len(picture):
            if len(picture) == 3:
                picture = (picture * torch.tensor(_LUMA)[:, None, None]).sum(0, keepdim=True)
            picture = picture.expand(channels, -1, -1)
        scale = max(height / picture.shape[1], width / picture.shape[2])
        size = [max(height, round(scale * picture.shape[1]))]
        size.append(max(width, round(scale * picture.shape[2])))
        picture = functional.interpolate(
            picture[None], size=size, mode="bilinear", antialias=True, align_corners=False
        )[0].clamp(0, 1)
        top, left = (size[0] - height) // 2, (size[1] - width) // 2
        picture = picture[:, top : top + height, left : left + width]
        low, high = self.range.tolist()
        scaled = low + picture * ((high - low) or 1.0)
        fitted: Tensor = scaled.reshape(sample.shape).to(sample)
        return fitted

    def replaced(self, sample: int, pixels: NDArray[np.float32], label: str) -> Probe:
        """The probe with one picture replaced; the scale of its values stays."""
        pictures = self.pictures.clone()
        pictures[sample] = self.fit(pixels)
        # Nobody knows the right answer to a new picture.
        probe = Probe((pictures, *self.inputs[1:]), self.labels)
        probe.labels[sample] = label or "yours"
        probe.range = self.range
        return probe


def first_samples(batch: Any) -> Any:
    """Copy the first samples of a batch: of every tensor that has as many rows as the first one."""
    count = sample_count(batch)

    def first(value: Any) -> Any:
        if isinstance(value, Tensor) and value.ndim and len(value) == count:
            return value[:OFFERED].detach().clone()
        if isinstance(value, (tuple, list)) and not hasattr(value, "_fields"):
            return type(value)(map(first, value))
        if isinstance(value, dict):
            return {key: first(part) for key, part in value.items()}
        return value

    return first(batch)


def sample_count(batch: Any) -> int:
    """How many samples a batch holds: the rows of its first tensor; 0 if there is none."""
    if isinstance(batch, Tensor):
        return len(batch) if batch.ndim else 0
    parts = batch.values() if isinstance(batch, dict) else batch
    if not isinstance(batch, (dict, tuple, list)):
        return 0
    return next((count for count in map(sample_count, parts) if count), 0)


def offered(inputs: Any, labels: Any, classes: Sequence[str] | None) -> Probe | None:
    """Make a probe of a training batch's first samples (copies); None if it holds no tensor."""
    given = inputs if isinstance(inputs, tuple) else (inputs,)
    if not given or not isinstance(given[0], Tensor) or given[0].ndim < 2 or not len(given[0]):
        return None
    *inputs, labels = first_samples((*given, labels))
    return Probe(tuple(inputs), labels, classes)


def given(value: Any, classes: Sequence[str] | None, old: Probe | None) -> Probe:
    """Make a probe of what a user gives: a batch, `(batch, labels)`, a sample or a picture.

    A single sample or a picture needs a probe before it, whose shape it takes.
    """
    labels = None
    if isinstance(value, (tuple, list)) and len(value) == 2 and not np.isscalar(value[0]):
        value, labels = value
    batch = _tensor(value)
    if old is None or batch.ndim == old.pictures.ndim:
        return Probe((batch, *_others(old, len(batch))), labels, classes)
    if batch.shape == old.pictures.shape[1:]:
        return Probe((batch[None], *_others(old, 1)), labels, classes)
    pixels = batch.cpu().float() if batch.is_floating_point() else batch.cpu()
    picture = old.fit(as_pixels(pixels.numpy()))[None]
    probe = Probe((picture, *_others(old, 1)), labels, classes)
    probe.range = old.range
    return probe


def _tensor(value: Any) -> Tensor:
    if isinstance(value, Tensor) and value.ndim:
        return value.detach().clone()
    # Of a data set numpy would read all.
    if not isinstance(value, (Dataset, DataLoader)):
        with contextlib.suppress(TypeError, ValueError, RuntimeError):
            batch = torch.tensor(np.asarray(value))
            if batch.ndim:
                return batch
    raise TypeError(
        "a probe is a batch of pictures, a tensor or an array, or (batch, labels), not "
        f"{type(value).__name__}; next(iter(torch.utils.data.DataLoader(dataset, 16))) gives one "
        "of a data set"
    )


def as_pixels(picture: ArrayLike) -> NDArray[np.float32]:
    """Bring a picture to `(height, width, channels)` of 0 to 1; 8-bit pictures are divided by 255.

    Raises
    ------
    ValueError
        If it is no picture.
    """
    picture = np.asarray(picture)
    pixels = picture.astype(np.float32) / (255 if picture.dtype == np.uint8 else 1)
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    if pixels.ndim == 3 and pixels.shape[-1] not in (1, 3, 4) and len(pixels) in (1, 3):
        pixels = np.moveaxis(pixels, 0, -1)
    if pixels.ndim != 3 or pixels.shape[-1] not in (1, 3, 4) or not pixels.size:
        raise ValueError(f"a picture is (height, width) or (height, width, 3), not {picture.shape}")
    if not (np.isfinite(pixels).all() and pixels.min() >= 0 and pixels.max() <= 1):
        raise ValueError("a picture has values from 0 to 1, or from 0 to 255 as uint8")
    return pixels.astype(np.float32)


def _others(old: Probe | None, count: int) -> tuple[Any, ...]:
    """Further inputs of the old probe, as far as they go with so many pictures."""
    if old is None or len(old.inputs) == 1:
        return ()
    rows = len(old.pictures)
    return tuple(
        value[:1].expand(count, *value.shape[1:]).clone()
        if isinstance(value, Tensor) and value.ndim and len(value) == rows
        else value
        for value in old.inputs[1:]
    )


def _numbers(labels: Any) -> Tensor | None:
    """Labels that a loss can compare with; None if they are words, or there are none."""
    if isinstance(labels, Tensor):
        return labels.detach().clone()
    try:
        array = np.asarray(labels)
    except ValueError:
        return None
    return torch.tensor(array) if array.ndim and array.dtype.kind in "iufb" else None


def sample_names(labels: Any, count: int, classes: Sequence[str] | None) -> list[str]:
    """What samples are called: their labels, by the names of the classes where there are any.

    Raises
    ------
    ValueError
        If there are not as many labels as samples.
    """
    if labels is not None and len(labels) != count:
        raise ValueError(f"{count} pictures but {len(labels)} labels: give one for each")
    if labels is None or getattr(labels, "ndim", 1) > 1:
        return [f"picture {number + 1}" for number in range(count)]
    values = labels.tolist() if hasattr(labels, "tolist") else list(labels)
    named = classes is not None and all(
        isinstance(value, int) and 0 <= value < len(classes) for value in values
    )
    return [classes[value] if named and classes is not None else str(value) for value in values]
