"""Print the JSON schema of everything that the contract names."""

from __future__ import annotations

import json
import sys
from types import UnionType
from typing import Literal, Union, get_origin

import msgspec

from kernelwidgets.wire import explorer, gallery, gradient, schema, tape


def definitions() -> dict[str, object]:
    """The schema of every struct, union and set of words of the contract, by its name."""
    named = vars(schema) | vars(explorer) | vars(gallery) | vars(gradient) | vars(tape)
    public = {name: value for name, value in named.items() if not name.startswith("_")}
    structs = [
        kind
        for kind in public.values()
        if isinstance(kind, type) and issubclass(kind, schema.Struct) and kind.__struct_fields__
    ]
    aliases = {
        name: value
        for name, value in public.items()
        if get_origin(value) in (Literal, Union, UnionType)
    }
    references, components = msgspec.json.schema_components(
        [*structs, *aliases.values()], ref_template="#/$defs/{name}"
    )
    return components | dict(zip(aliases, references[len(structs) :], strict=True))


json.dump({"type": "object", "$defs": definitions()}, sys.stdout, indent=2, sort_keys=True)
