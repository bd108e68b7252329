"""Pages as text: what they hold, what their policy lets in, and that data stays data."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import kernelwidgets as kw
from kernelwidgets.export import page as page_module
from kernelwidgets.export.exhibit import Exhibit
from kernelwidgets.export.page import front_end, page_of

EVIL = '</script><script>boom()</script><!-- <b title="\'"> & \u202e\u2066 \u2028 \ud800 \\u003c'


@pytest.fixture
def explorer() -> kw.ConvolutionExplorer:
    return kw.ConvolutionExplorer(np.arange(16.0).reshape(4, 4), np.eye(3), padding="same")


def exhibit_in(page: str) -> dict[str, object]:
    (text,) = re.findall(r"<script type=\"application/json\"[^>]*>(.*?)</script>", page, re.S)
    found: dict[str, object] = json.loads(text)
    return found


def test_page_holds_controls_as_they_are_set(
    explorer: kw.ConvolutionExplorer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    explorer.mode = "convolution"
    path = kw.export_html(explorer, tmp_path / "page.html", title="Flipped")
    page = path.read_text(encoding="utf-8")
    state = exhibit_in(page)["state"]
    assert isinstance(state, dict)
    assert state["mode"] == "convolution"
    assert state["padding"] == "same"
    assert np.frombuffer(base64.b64decode(state["kernel"]["data"]["base64"])).tolist() == (
        np.eye(3).ravel().tolist()
    )
    assert "<title>Flipped</title>" in page
    assert capsys.readouterr().out == f"{path}: {path.stat().st_size / 1e6:.2f} MB\n"


def test_policy_names_the_one_script_and_the_one_style(explorer: kw.ConvolutionExplorer) -> None:
    page = page_of(explorer._exhibit_())
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for tag in ("script", "style"):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.S)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}';" in policy


def test_nothing_in_a_page_names_another_place(explorer: kw.ConvolutionExplorer) -> None:
    links = set(re.findall(r"https?://[^\s\"'`)]+", page_of(explorer._exhibit_())))
    # The name of a language is no address.
    assert links <= {"http://www.w3.org/2000/svg"}


@pytest.mark.parametrize("name", ["page", "embed"])
def test_scripts_cannot_end_their_element(name: str) -> None:
    assert not re.search(r"</script|<!--", front_end(name), re.I)


@pytest.mark.parametrize("view", [kw.ConvolutionExplorer, kw.KernelGrid])
def test_a_missing_bundle_says_how_to_build_it(
    view: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(page_module, "HERE", tmp_path / "export")
    front_end.cache_clear()
    arrays = [np.eye(3)] * (1 if view is kw.KernelGrid else 2)
    with pytest.raises(RuntimeError, match="run 'make kernelwidgets/static"):
        view(*arrays)


@pytest.mark.parametrize("name", ["page", "embed"])
def test_both_sides_of_a_frame_use_the_same_words(name: str) -> None:
    script = front_end(name)
    for word in ("kernelwidgets", "height_px", "dark", "look"):
        assert re.search(rf"\b{word}\b", script), word


def test_text_stays_text() -> None:
    exhibit = Exhibit("explorer", {EVIL: EVIL, "long": "<" * 1_000_000}, EVIL, about=EVIL)
    page = page_of(exhibit)
    assert page.count("</script") == 2
    assert page.count("<script") == 2
    assert "<!-- " not in page
    assert "\u202e" not in page
    page.encode()
    shown = EVIL.replace("\u202e", "\\u202e").replace("\u2066", "\\u2066").replace("\ud800", "�")
    assert html.escape(shown) in page
    state = exhibit_in(page)["state"]
    assert state == {shown: shown, "long": "<" * 1_000_000}


def test_embedded_page_survives_as_one_attribute(explorer: kw.ConvolutionExplorer) -> None:
    embedded = kw.embed(explorer)
    (document,) = re.findall(r'srcdoc="([^"]*)"', embedded.html)
    assert html.unescape(document) == page_of(explorer._exhibit_(), framed=True)
    assert 'sandbox="allow-scripts"' in embedded.html
    bundle = embedded._repr_mimebundle_()
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert f'src="data:image/png;base64,{bundle["image/png"]}"' in bundle["text/html"]
    assert "trust the notebook to play" in bundle["text/html"]
    assert bundle["text/plain"].startswith("Convolution, step by step (")


def test_height_is_fixed_on_request(explorer: kw.ConvolutionExplorer) -> None:
    assert 'data-height-px="300"' in kw.embed(explorer, height=300).html
    with pytest.raises(ValueError, match="height is a whole number of pixels or None, not 0"):
        kw.embed(explorer, height=0)


def test_nothing_is_ignored(explorer: kw.ConvolutionExplorer, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="leave out layers= and feature_maps= here"):
        kw.export_html(explorer, tmp_path / "page.html", layers=["conv1"])
    with pytest.raises(TypeError, match="leave out layers= and feature_maps= here"):
        kw.embed(explorer, feature_maps=True)


def test_buttons_that_need_python_say_so(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="buttons of a run need Python"):
        kw.export_html(kw.Controls(torch.nn.Conv2d(1, 2, 3)), tmp_path / "page.html")
    assert list(tmp_path.iterdir()) == []


def test_an_output_that_a_server_would_drop_is_warned_of() -> None:
    large = np.random.default_rng(0).normal(size=(1500, 1500, 1, 1))
    with pytest.warns(UserWarning, match=r"MB\) is more than a Jupyter server passes on"):
        kw.embed(large)


def test_what_cannot_be_shown_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="cannot show a str: give a network"):
        kw.export_html("weights", tmp_path / "page.html")
    assert list(tmp_path.iterdir()) == []
