"""A still picture of a frame, for places that show no widget: numpy and zlib, nothing else."""

from __future__ import annotations

import itertools
import math
import struct
import zlib
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from kernelwidgets.wire.arrays import unpack
from kernelwidgets.wire.schema import Curve, FrameHeader, KernelsPart, MapsPart

__all__ = ["Pixels", "draw_convolution", "draw_kernels", "draw_still", "encode_png", "encode_svg"]

Pixels = NDArray[np.uint8]

WIDTH_PX = 840
GAP_PX = 4
MARGIN_PX = 12
MOST_TILES = 400
MOST_STACKED = 8
MOST_CELL_PX = 28
PLANE_PX = 280
CURVE_PX = (840, 180)

# The page's light palettes: from the lowest value to the highest.
PALETTES = {
    "RdBu": "791a18 c13c36 ec7c71 fbbcb3 f0f0f0 a9d2fe 56a6f5 0574c7 024478",
    "PuOr": "623602 a45e02 df8b36 f2c39c f0f0f0 d5c3f8 af8ceb 8254c4 4e2c7c",
    "gray": "000000 ffffff",
}
SURFACE = 255
WHITE = 0xFFFFFF
LINES = ((11, 92, 173), (164, 94, 2), (130, 84, 196), (89, 99, 110))
GRID = (225, 228, 232)


def draw_still(
    header: Mapping[str, Any] | None, data: bytes | memoryview, palette: str = "RdBu"
) -> Pixels | None:
    """Draw what a frame shows: kernels, feature maps and curves, one below the other.

    Parameters
    ----------
    header, data
        The traits of a view.

    Returns
    -------
    Pixels `(height, width, 3)` on a white surface, or None if there is nothing to draw.
    """
    if header is None:
        return None
    frame = msgspec.convert(header, FrameHeader)
    pictures = [
        *_kernels(frame.kernels, data, palette),
        *([] if frame.kernels else _selected(frame, data, palette)),
        *(_maps(frame.maps, data) if frame.maps else _maps(frame.map, data)),
        *_curves(frame.curves or [], data),
    ]
    if not pictures:
        return None
    width = max(picture.shape[1] for picture in pictures) + 2 * MARGIN_PX
    height = sum(picture.shape[0] + MARGIN_PX for picture in pictures) + MARGIN_PX
    canvas = np.full((height, width, 3), SURFACE, np.uint8)
    top = MARGIN_PX
    for picture in pictures:
        rows, columns, _ = picture.shape
        canvas[top : top + rows, MARGIN_PX : MARGIN_PX + columns] = picture
        top += rows + MARGIN_PX
    return canvas


def draw_kernels(
    values: NDArray[Any], limit: float, palette: str = "RdBu", width_px: int = WIDTH_PX
) -> Pixels:
    """Draw kernels `(out, in, *kernel)`, colored from -limit to limit."""
    return _framed(_bank(values, limit, palette, width_px))


def draw_convolution(image: NDArray[Any], kernel: NDArray[Any], output: NDArray[Any]) -> Pixels:
    """Draw what goes in, the kernel and what comes out, each of shape (height, width), in a row."""
    sheets = []
    for values in (image, kernel, output):
        limit = float(np.abs(values).max()) or 1.0
        # What goes in is a picture, and gray, unless it has negative values.
        picture = values is image and not (values < 0).any()
        low, palette = (0.0, "gray") if picture else (-limit, "RdBu")
        cell = min(MOST_CELL_PX, max(1, PLANE_PX // max(values.shape)))
        pixels = _paint(values[None], low, limit, palette)[0]
        sheets.append(_framed(pixels.repeat(cell, axis=0).repeat(cell, axis=1)))
    height = max(len(sheet) for sheet in sheets)
    canvas = np.full((height, sum(sheet.shape[1] for sheet in sheets), 3), SURFACE, np.uint8)
    left = 0
    for sheet in sheets:
        rows, columns, _ = sheet.shape
        top = (height - rows) // 2
        canvas[top : top + rows, left : left + columns] = sheet
        left += columns
    return canvas


def _framed(picture: Pixels) -> Pixels:
    return np.pad(picture, ((MARGIN_PX,) * 2,) * 2 + ((0, 0),), constant_values=SURFACE)


def encode_png(pixels: Pixels) -> bytes:
    """Encode pixels of shape (height, width, 3) as a PNG."""
    height, width, _ = pixels.shape
    # Every row begins with the number of its filter: 0 is none.
    rows = np.zeros((height, 1 + 3 * width), np.uint8)
    rows[:, 1:] = pixels.reshape(height, -1)

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
            chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)),
            chunk(b"IEND", b""),
        ]
    )


def encode_svg(pixels: Pixels) -> str:
    """Write pixels of shape (height, width, 3) as an SVG of as few rectangles as rows allow."""
    height, width, _ = pixels.shape
    colors = pixels @ np.array([65536, 256, 1])
    paths: dict[int, list[str]] = {}
    growing: dict[tuple[int, int, int], int] = {}
    # A run of one color that the next row repeats is one rectangle with it.
    for y in range(height + 1):
        runs: dict[tuple[int, int, int], int] = {}
        if y < height:
            edges = np.flatnonzero(np.diff(colors[y], prepend=-1, append=-1)).tolist()
            for left, right in itertools.pairwise(edges):
                runs[left, right, int(colors[y, left])] = y
        for (left, right, color), top in growing.items():
            if (left, right, color) in runs:
                runs[left, right, color] = top
            elif color != WHITE:
                path = f"M{left} {top}h{right - left}v{y - top}h{left - right}z"
                paths.setdefault(color, []).append(path)
        growing = runs
    drawn = "".join(f'<path fill="#{c:06x}" d="{"".join(d)}"/>' for c, d in paths.items())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" shape-rendering="crispEdges"><path fill="#fff" '
        f'd="M0 0h{width}v{height}h{-width}z"/>{drawn}</svg>'
    )


def _kernels(part: KernelsPart | None, data: bytes | memoryview, palette: str) -> list[Pixels]:
    if part is None or part.values is None:
        return []
    return [_bank(unpack(part.values, data), part.limit, palette)]


def _bank(values: NDArray[Any], limit: float, palette: str, width_px: int = WIDTH_PX) -> Pixels:
    values = _flat(values, 2)
    outs, ins, height, width = values.shape
    columns = None
    if 1 < ins <= MOST_STACKED:
        # The inputs of one output stand on each other, a blank row between them.
        stacked = np.full((outs, ins, height + 1, width), np.nan, np.float32)
        stacked[:, :, :height] = values
        values = stacked.reshape(outs, -1, width)[:, :-1]
    elif ins > 1:
        columns = min(ins, 64)
        values = values[:, :columns]
    tiles = _paint(values.reshape(-1, *values.shape[-2:]), -limit, limit, palette)
    return _sheet(tiles, columns, width_px=width_px)[0]


def _selected(frame: FrameHeader, data: bytes | memoryview, palette: str) -> list[Pixels]:
    part = frame.selected
    if part is None:
        return []
    values = _flat(unpack(part.values, data), 0)
    return _sheet(
        _paint(values[None], -part.limit, part.limit, palette), None, most_px=MOST_CELL_PX
    )


def _maps(part: MapsPart | None, data: bytes | memoryview) -> list[Pixels]:
    if part is None or part.values is None:
        return []
    values = _flat(unpack(part.values, data), 1)
    return _sheet(_paint(values, part.low, part.high, "gray"), None)


def _flat(values: NDArray[Any], lead: int) -> NDArray[Any]:
    """Arrays behind the leading axes as pictures: 1-D becomes a row, 3-D slices side by side."""
    shape, kernel = values.shape[:lead], values.shape[lead:]
    if len(kernel) <= 1:
        return values.reshape(*shape, 1, -1)
    if len(kernel) == 2:
        return values
    beside = np.moveaxis(values, lead, -2)
    return beside.reshape(*shape, kernel[1], -1)


def _paint(values: NDArray[Any], low: float, high: float, palette: str) -> Pixels:
    """Colors of values, shape (n, height, width, 3); what is no number is blank."""
    stops = np.array([list(bytes.fromhex(color)) for color in PALETTES[palette].split()])
    place = np.clip((np.nan_to_num(values) - low) / ((high - low) or 1), 0, 1) * (len(stops) - 1)
    below = np.minimum(place.astype(int), len(stops) - 2)
    share = (place - below)[..., None]
    mixed: Pixels = np.rint(stops[below] * (1 - share) + stops[below + 1] * share).astype(np.uint8)
    mixed[np.isnan(values)] = SURFACE
    return mixed


def _sheet(
    tiles: Pixels, columns: int | None, most_px: int = 12, width_px: int = WIDTH_PX
) -> list[Pixels]:
    """Tiles of shape (n, height, width, 3) in rows, with blank gaps and whole pixels for a cell."""
    count, height, width, _ = tiles.shape
    if columns is None:
        square = math.ceil(math.sqrt(count * height / width * width_px / 240))
        columns = min(count, max(square, min(count, 8)))
    columns = min(columns, width_px // (width + GAP_PX) or 1)
    cell = max(1, min(most_px, (width_px // columns - GAP_PX) // width))
    rows = -(-min(count, MOST_TILES) // columns)
    tall, wide = height * cell + GAP_PX, width * cell + GAP_PX
    sheet = np.full((rows * tall, columns * wide, 3), SURFACE, np.uint8)
    for index, tile in enumerate(tiles[: rows * columns]):
        top, left = index // columns * tall, index % columns * wide
        large = tile.repeat(cell, axis=0).repeat(cell, axis=1)
        sheet[top : top + height * cell, left : left + width * cell] = large
    return [sheet[: -GAP_PX or None, : -GAP_PX or None]]


def _curves(curves: list[Curve], data: bytes | memoryview) -> list[Pixels]:
    read: list[list[NDArray[Any]]] = [
        [unpack(spec, data) for spec in (curve.steps, curve.low, curve.high)] for curve in curves
    ]
    read = [arrays for arrays in read if len(arrays[0]) > 1]
    if not read:
        return []
    width, height = CURVE_PX
    canvas = np.full((height, width, 3), SURFACE, np.uint8)
    canvas[:: height // 4] = GRID
    canvas[-1] = GRID
    first = min(float(steps[0]) for steps, _, _ in read)
    last = max(float(steps[-1]) for steps, _, _ in read)
    bottom = min(float(low.min()) for _, low, _ in read)
    top = max(float(high.max()) for _, _, high in read)
    scale = (height - 3) / ((top - bottom) or 1)
    x = np.linspace(first, last, width)
    for number, (steps, low, high) in enumerate(read):
        upper = np.rint((top - np.interp(x, steps, high)) * scale).astype(int)
        lower = np.rint((top - np.interp(x, steps, low)) * scale).astype(int)
        ends = zip(upper[:-1], lower[:-1], upper[1:], lower[1:], strict=True)
        for column, places in enumerate(ends):
            inside = steps[0] <= x[column] <= steps[-1]
            if inside:
                canvas[min(places) : max(places) + 2, column] = LINES[number % len(LINES)]
    return [canvas]
