"""One self-contained page: front end, data, and a policy that lets nothing else in or out."""

from __future__ import annotations

import functools
import html
import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from string import Template
from typing import Any

import msgspec

from kernelwidgets.export.exhibit import Exhibit
from kernelwidgets.export.tape import EncodedTape
from kernelwidgets.wire.controls import DEFAULTS

__all__ = ["front_end", "page_of", "plain"]

HERE = Path(__file__).parent

# Marks that turn the direction of the text around them are shown, as repr() shows them.
_BIDI = {
    code: f"\\u{code:04x}"
    for code in (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}
_LONE_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
_IN_TEXT = _BIDI | _LONE_SURROGATES
# In JSON these stand inside strings only, where a backslash is written twice; no "<" of the data
# can end or begin an element.
_IN_JSON = (
    {code: f"\\{text}" for code, text in _BIDI.items()}
    | _LONE_SURROGATES
    | {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}
)


@functools.cache
def front_end(name: str) -> str:
    """The built script of this name.

    Raises
    ------
    RuntimeError
        If the front end is not built.
    """
    file = HERE.parent / "static" / f"{name}.js"
    if not file.exists():
        raise RuntimeError(
            f"the front end is not built ({file.name} is missing): run "
            "'make kernelwidgets/static/live.js' in the repository, or install the wheel"
        )
    return file.read_text(encoding="utf-8")


def page_of(
    exhibit: Exhibit,
    title: str | None = None,
    *,
    tape: EncodedTape | None = None,
    framed: bool = False,
) -> str:
    """An exhibit as one HTML document that loads nothing.

    Parameters
    ----------
    title
        Stands above the view; by default the exhibit's own.
    tape
        What it draws from, as `Exhibit.tape` gives it.
    framed
        Whether it stands inside another page, which has headings of its own.
    """
    style, script = (HERE / "template.css").read_text(encoding="utf-8"), front_end("page")
    shown = plain(exhibit.title if title is None else title)
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    heading = f'<header>\n<h1 dir="auto">{shown}</h1>\n'
    if exhibit.about:
        heading += f'<p dir="auto">{plain(exhibit.about)}</p>\n'
    state = dict(exhibit.state)
    if tape is not None:
        clock = {name: DEFAULTS[name] for name in ("at", "playing", "speed", "loop")}
        header = msgspec.to_builtins(tape.header)
        if not framed:
            # It stands above already.
            header["info"]["about"] = ""
        state = clock | state | {"_tape": header, "_tape_data": tape.data}
    template = Template((HERE / "template.html").read_text(encoding="utf-8"))
    return template.substitute(
        policy=policy,
        title=shown,
        style=style,
        heading="" if framed else f"{heading}</header>\n",
        foot="" if framed else _foot(tape),
        exhibit=_json({"entry": exhibit.entry, "state": state}),
        script=script,
    )


def _foot(tape: EncodedTape | None) -> str:
    exact = "" if tape is None else f"{tape.header.text}. "
    return f"<footer>{exact}Nothing leaves this page. Made with kernelwidgets.</footer>\n"


def plain(text: str) -> str:
    """Text for HTML that does nothing but show, in an attribute, too."""
    return html.escape(text.translate(_IN_TEXT))


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_base64)
    return text.translate(_IN_JSON)


def _base64(value: Any) -> dict[str, str]:
    return {"base64": b64encode(value).decode("ascii")}


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode('ascii')}'"
