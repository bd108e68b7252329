from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from kernelwidgets import cli


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Two example notebooks, as if they had come with the package."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    paths = [folder / "00_first.ipynb", folder / "01_second.ipynb"]
    for path in paths:
        path.write_text(path.stem)
    monkeypatch.setattr(cli, "examples", lambda: paths)
    return paths


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return here


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands that would have been started."""
    commands: list[list[str]] = []

    def call(command: list[str]) -> int:
        commands.append(command)
        return 0

    monkeypatch.setattr(subprocess, "call", call)
    return commands


def test_copying_twice_changes_nothing(shipped: list[Path], folder: Path) -> None:
    first = cli.copy_examples(folder)
    assert cli.copy_examples(folder) == first == [folder / path.name for path in shipped]
    assert sorted(path.name for path in folder.iterdir()) == [path.name for path in shipped]


def test_changed_notebook_is_kept(
    shipped: list[Path], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "00_first.ipynb").write_text("my own work")
    (folder / "00_first-2.ipynb").write_text("more of it")
    first, _ = cli.copy_examples(folder)
    assert first.name == "00_first-3.ipynb"
    assert first.read_text() == "00_first"
    assert (folder / "00_first.ipynb").read_text() == "my own work"
    assert (folder / "00_first-2.ipynb").read_text() == "more of it"
    assert "00_first.ipynb was changed here and is kept" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "display", "expected"),
    [([], ":0", False), ([], "", True), (["--no-browser"], ":0", True)],
)
def test_browser_opens_only_where_there_is_a_display(
    shipped: list[Path],
    folder: Path,
    started: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    display: str,
    expected: bool,
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(SystemExit) as exit_:
        cli.main(["demo", *arguments])
    assert exit_.value.code == 0
    (command,) = started
    assert ("--no-browser" in command) is expected
    assert "--LabApp.default_url=/lab/tree/00_first.ipynb" in command


def test_missing_jupyterlab_says_how_to_get_it(
    folder: Path, shipped: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SystemExit, match=r"kernelwidgets\[demos\]"):
        cli.main(["demo"])
    assert list(folder.iterdir()) == []


def test_unknown_argument_is_refused() -> None:
    with pytest.raises(SystemExit) as exit_:
        cli.main(["demo", "--nonsense"])
    assert exit_.value.code == 2


def test_examples_are_in_order() -> None:
    names = [path.name for path in cli.examples()]
    assert names == sorted(names)
    assert names[:1] == ["00_quickstart.ipynb"]


def test_demo_becomes_a_page(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["demo", "lines", "--html", "page.html", "--steps", "4"])
    page = (folder / "page.html").read_text(encoding="utf-8")
    assert '"steps":[0,1,2,3,4]' in page
    assert capsys.readouterr().out.startswith("page.html: 0.")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["demo", "lines"], "kernelwidgets demo gabors --html page.html"),
        (["demo", "--html", "page.html"], "kernelwidgets demo gabors --html page.html"),
        (["demo", "liness", "--html", "page.html"], "no demo 'liness'; there are lines"),
        (["demo", "lines", "--html", "page.png"], "give one that ends in .html"),
        (["demo", "lines", "--html", "none/page.html"], "there is no folder 'none'"),
        (["demo", "lines", "--html", "page.html", "--steps", "0"], "at least one step, not 0"),
    ],
)
def test_page_that_cannot_be_is_refused_before_training(
    folder: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(arguments)
    assert message in capsys.readouterr().err
    assert list(folder.iterdir()) == []
