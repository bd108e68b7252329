"""Save what a view shows into a file."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from kernelwidgets.export.exhibit import Exhibit, exhibit_of
from kernelwidgets.export.html import export_html
from kernelwidgets.export.still import Pixels, draw_kernels, encode_png, encode_svg
from kernelwidgets.recording import Recording
from kernelwidgets.recording.readable import LayerKey
from kernelwidgets.wire.source import Want

__all__ = ["gif_of", "save"]

GIF_FRAMES = 100
GIF_FRAME_MS = 60
GIF_WIDTH_PX = 520
GIF_LEVELS = 63
LAST_FRAME_MS = 1500
INK = (89, 99, 110)


def save(x: Any, path: str | os.PathLike[str]) -> Path:
    """Save what a view or a recording shows, as the kind of file that its name says.

    Parameters
    ----------
    x
        As for `export_html`: a view, a recording, a network, an array.
    path
        Ends in ``.png``, ``.svg`` (a vector drawing), ``.gif`` (the kernels over a recording, at
        most 100 frames; needs Pillow) or ``.html`` (see `export_html`).

    Returns
    -------
    The path.

    Raises
    ------
    ValueError
        If the name ends in something else, there is nothing to draw, or a gif is asked for of what
        does not change.
    TypeError
        If `x` holds no kernels.
    ImportError
        If a gif is asked for without Pillow.
    """
    path = Path(path).expanduser()
    match path.suffix.lower():
        case ".html":
            return export_html(x, path)
        case ".png":
            content = encode_png(_picture(exhibit_of(x)))
        case ".svg":
            content = encode_svg(_picture(exhibit_of(x))).encode()
        case ".gif":
            content = _gif(exhibit_of(x))
        case other:
            raise ValueError(
                f"{path.name!r} ends in {other or 'nothing'!r}; files end in .png, .svg, .gif or "
                ".html"
            )
    path.write_bytes(content)
    return path


def _picture(exhibit: Exhibit) -> Pixels:
    if exhibit.picture is None:
        raise ValueError(f"{exhibit.title}: this view shows nothing that could be drawn")
    return exhibit.picture


def _gif(exhibit: Exhibit) -> bytes:
    recording = exhibit.recording
    if recording is None or len(recording) < 2:
        raise ValueError(
            "a gif needs a recording of at least two frames, such as trainer.record(steps=300) "
            "returns; save what stands still as .png"
        )
    state = exhibit.state
    layer, palette = state.get("layer", 0), state.get("palette", "RdBu")
    return gif_of(recording, range(len(recording)), layer, palette)


def gif_of(recording: Recording, frames: range, layer: LayerKey, palette: str = "RdBu") -> bytes:
    """Some frames of a recording as an animation, thinned to a hundred.

    Raises
    ------
    ImportError
        If Pillow is not installed.
    """
    try:
        from PIL import Image, ImageDraw
    except ImportError as error:
        raise ImportError("a gif needs Pillow: pip install pillow") from error
    images: list[Image.Image] = []
    # Few colors, and the same in every frame, make a small file.
    levels = np.linspace(-1, 1, GIF_LEVELS).reshape(-1, 1, 1, 1)
    colors = draw_kernels(levels, 1.0, palette)
    colors[0, 0] = INK
    known = Image.fromarray(colors).quantize(GIF_LEVELS + 2)
    for step, pixels in _kernels_over_time(recording, frames, layer, palette):
        image = Image.fromarray(np.pad(pixels, ((0, 14), (0, 0), (0, 0)), constant_values=255))
        place = (12, image.height - 20)
        ImageDraw.Draw(image).text(place, f"step {step}", fill=INK)
        images.append(image.quantize(palette=known, dither=Image.Dither.NONE))
    buffer = io.BytesIO()
    durations = [GIF_FRAME_MS] * (len(images) - 1) + [LAST_FRAME_MS]
    images[0].save(
        buffer, "GIF", save_all=True, append_images=images[1:], duration=durations, loop=0
    )
    return buffer.getvalue()


def _kernels_over_time(
    recording: Recording, frames: range, layer: LayerKey, palette: str
) -> Iterator[tuple[int, Pixels]]:
    want = Want("weight", recording.resolve(layer))
    few = np.linspace(frames[0], frames[-1], min(len(frames), GIF_FRAMES)).round().astype(int)
    shown = [recording.frame(index) for index in np.unique(few).tolist()]
    # One color range for all of time: what grows is seen to grow.
    limit = max(frame.limits[want.layer, "weight"][1] for frame in shown)
    for frame in shown:
        yield frame.step, draw_kernels(frame.arrays[want], limit, palette, GIF_WIDTH_PX)
