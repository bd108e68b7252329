from __future__ import annotations

import json
from base64 import b64decode

import msgspec
import numpy as np

from kernelwidgets.export.tape import EncodedTape
from kernelwidgets.wire.tape import TapeHeader
from tests.export.replay_fixture import FILE, cases, recording
from tests.export.test_tape import values

STORED = json.loads(FILE.read_text(encoding="utf-8"))


def test_python_sends_what_the_page_is_compared_with() -> None:
    now = json.loads(json.dumps(list(cases(recording()))))
    assert len(now) == len(STORED["cases"])
    for fresh, stored in zip(now, STORED["cases"], strict=True):
        data = [np.frombuffer(b64decode(case.pop("data")), "<f4") for case in (fresh, stored)]
        assert fresh == stored
        assert np.allclose(*data, atol=1e-6)


def test_a_tape_of_version_1_opens() -> None:
    header = msgspec.convert(STORED["header"], TapeHeader)
    tape = EncodedTape(header, b64decode(STORED["data"]))
    for layer in ("conv1", "conv2"):
        limit = max(
            each.high
            for each in next(t for t in header.tracks if t.layer == layer).ranges["weight"]
        )
        assert abs(values(tape, layer) - recording().kernels(layer)).max() <= limit / 254 + 1e-6
