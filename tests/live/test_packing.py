from __future__ import annotations

import collections
import math
import random

import numpy as np
import pytest
import torch

from kernelwidgets.live.packing import pack, unpack

CPU = torch.device("cpu")


def test_plain_values_come_back_as_they_were():
    value = {
        "a": [1, 2.5, None, True, "ü"],
        ("conv", "weight"): (math.inf, -0.0, 2**70),
        3: collections.Counter({30: 2}),
        "empty": [(), {}, []],
        "state": random.Random(0).getstate(),
    }
    back = unpack(pack(value), CPU)
    assert back == value
    assert type(back[3]) is collections.Counter
    assert math.copysign(1, back["conv", "weight"][1]) == -1
    assert math.isnan(unpack(pack(math.nan), CPU))


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "int64", "uint8", "bool"])
def test_tensors_come_back_bit_for_bit(dtype):
    wide = torch.arange(12).reshape(3, 4).to(getattr(torch, dtype))
    for tensor in (wide, wide.T, wide[0, 0], wide[:0]):
        back = unpack(pack([tensor, tensor]), CPU)
        assert all(torch.equal(tensor, each) and each.dtype == tensor.dtype for each in back)


def test_arrays_come_back_with_their_dtype():
    for array in (np.arange(5, dtype=np.uint32), np.zeros((0, 3)), np.array(2.0), np.eye(2) > 0):
        back = unpack(pack(array), CPU)
        assert back.dtype == array.dtype
        assert back.shape == array.shape
        assert np.array_equal(back, array)
    assert unpack(pack(np.float64(0.1)), CPU) == 0.1


def test_what_cannot_be_plain_is_refused():
    with pytest.raises(TypeError, match="a function cannot be written to a checkpoint"):
        pack({"call": pack})


def test_other_bytes_are_no_checkpoint():
    for content in (b"", b"\x80\x04N.", pack([1])[:-3]):
        with pytest.raises(ValueError, match="this is no checkpoint"):
            unpack(content, CPU)
