"""Pictures, drawings and animations of what is shown."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kernelwidgets as kw
from kernelwidgets.export.still import draw_kernels, encode_svg
from tests.recording.frames import recorded

KERNELS = np.random.default_rng(0).normal(size=(6, 1, 5, 5))


def pixels_of(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def test_png_of_an_array_shows_its_kernels(tmp_path: Path) -> None:
    path = kw.save(KERNELS, tmp_path / "k.png")
    assert path == tmp_path / "k.png"
    limit = kw.KernelGrid(KERNELS)._frame["kernels"]["limit"]
    assert np.array_equal(pixels_of(path), draw_kernels(KERNELS, limit))


def test_a_view_is_saved_with_its_controls(tmp_path: Path) -> None:
    colored = pixels_of(kw.save(kw.KernelGrid(KERNELS), tmp_path / "a.png"))
    gray = pixels_of(kw.save(kw.KernelGrid(KERNELS, palette="gray"), tmp_path / "b.png"))
    assert (gray == gray[..., :1]).all()
    assert not (colored == colored[..., :1]).all()


def test_svg_covers_the_same_pixels(tmp_path: Path) -> None:
    pixels = draw_kernels(KERNELS, 2.0)
    canvas = np.full_like(pixels, 255)
    for color, path in re.findall(r'fill="#([0-9a-f]{6})" d="([^"]*)"', encode_svg(pixels)):
        for place in re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)h-\d+z", path):
            left, top, width, height = map(int, place)
            canvas[top : top + height, left : left + width] = list(bytes.fromhex(color))
    assert np.array_equal(canvas, pixels)
    text = kw.save(KERNELS, tmp_path / "k.svg").read_text()
    assert text.startswith('<svg xmlns="http://www.w3.org/2000/svg"')


def test_gif_plays_a_recording(tmp_path: Path) -> None:
    with Image.open(kw.save(recorded(), tmp_path / "k.gif")) as image:
        assert image.n_frames == 5
        assert image.info["duration"] == 60
        first = np.asarray(image.convert("RGB"))
        image.seek(4)
        assert image.info["duration"] == 1500
        assert not np.array_equal(first, np.asarray(image.convert("RGB")))


def test_gif_of_a_view_shows_its_layer(tmp_path: Path) -> None:
    recording = recorded()
    with Image.open(kw.save(kw.KernelGrid(recording, layer="conv2"), tmp_path / "2.gif")) as second:
        size = second.size
    with Image.open(kw.save(recording, tmp_path / "1.gif")) as first:
        assert first.size != size


def test_gif_of_what_stands_still_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"needs a recording .* save what stands still as \.png"):
        kw.save(KERNELS, tmp_path / "k.gif")
    assert list(tmp_path.iterdir()) == []


def test_gif_without_pillow_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match="pip install pillow"):
        kw.save(recorded(), tmp_path / "k.gif")


@pytest.mark.parametrize("name", ["k.jpg", "k", "k.png.txt"])
def test_other_endings_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"files end in \.png, \.svg, \.gif or \.html"):
        kw.save(KERNELS, tmp_path / name)
