"""What holds for every file of the repository."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST = 350

OPEN_ENDS = re.compile(r"\b(TODO|FIXME|XXX)\b")
SKIPS = re.compile(r"mark\.(skip|xfail)|pytest\.(skip|xfail)\(|\b(it|test|describe)\.(skip|only)\b")
REGISTRIES = re.compile(
    r"https?://[^\s\"')]*(registry\.npm|pypi\.|pythonhosted|download\.pytorch|deb\.debian)|index-url"
)
MACHINE_PATHS = re.compile(r"(?<![\w.~])/(work|opt|root|tmp|home/\w+|Users/\w+)/[\w.]")
SILENCED = re.compile(r"# type: ignore|# noqa|@ts-(ignore|expect-error)|biome-ignore")


def tracked(*suffixes: str) -> list[Path]:
    """Files that git would commit, with one of these suffixes; none given means all text files."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    files = [ROOT / name for name in listed.split("\0") if name]
    return [
        file
        for file in files
        if file.is_file() and (file.suffix in suffixes if suffixes else b"\0" not in _start(file))
    ]


def _start(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(4096)


def findings(pattern: re.Pattern[str], files: list[Path]) -> list[str]:
    """Where a pattern occurs: file, line number and line."""
    return [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for file in files
        if file != Path(__file__)
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]


def test_there_is_something_to_look_at() -> None:
    assert ROOT / "pyproject.toml" in tracked()
    assert ROOT / "kernelwidgets" / "__init__.py" in tracked(".py")


def test_a_file_fits_in_a_head() -> None:
    lengths = {
        str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines())
        for file in tracked(".py", ".ts", ".mjs", ".css")
        if "generated" not in file.parts
    }
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}


def test_nothing_is_left_open_or_skipped() -> None:
    assert findings(OPEN_ENDS, tracked(".py", ".ts", ".mjs", ".css", ".md", ".ipynb")) == []
    assert findings(SKIPS, tracked(".py", ".ts")) == []


def test_no_registry_and_no_path_of_one_machine() -> None:
    assert findings(REGISTRIES, tracked()) == []
    assert findings(MACHINE_PATHS, tracked()) == []


def test_a_silenced_finding_says_why() -> None:
    """The reason stands on the same line, after the code of the rule, or in the line above."""
    bare = []
    for file in tracked(".py", ".ts"):
        lines = file.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines):
            found = SILENCED.search(line)
            if not found or file == Path(__file__):
                continue
            above = lines[number - 1].strip() if number else ""
            same_line = re.search(r"(#|//|:) ?\w.* \w", line[found.end() :])
            if not (same_line or above.startswith(("#", "//", "*"))):
                bare.append(f"{file.relative_to(ROOT)}:{number + 1}: {line.strip()}")
    assert bare == []


def test_a_lock_file_names_versions_only() -> None:
    assert '"resolved"' not in (ROOT / "js" / "package-lock.json").read_text()


def test_notebooks_are_committed_without_outputs() -> None:
    printed = re.compile(r'"output_type"|"execution_count": \d')
    assert findings(printed, tracked(".ipynb")) == []
