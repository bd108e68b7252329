from __future__ import annotations

import numpy as np
import pytest
import torch

from kernelwidgets.kernels.initialization import (
    INITIALIZATIONS,
    initial_weights,
    law_statistics,
)

SHAPE = (64, 32, 5, 5)
TORCH = {
    "glorot_uniform": torch.nn.init.xavier_uniform_,
    "glorot_normal": torch.nn.init.xavier_normal_,
    "he_uniform": torch.nn.init.kaiming_uniform_,
    "he_normal": torch.nn.init.kaiming_normal_,
    "orthogonal": torch.nn.init.orthogonal_,
    "torch_default": lambda weight: weight.copy_(torch.nn.Conv2d(32, 64, 5).weight),
}


@pytest.mark.parametrize("law", INITIALIZATIONS)
def test_same_law_as_torch(law):
    with torch.no_grad():
        torch.manual_seed(0)
        theirs = torch.empty(SHAPE)
        TORCH[law](theirs)
    ours = initial_weights(law, SHAPE, np.random.default_rng(0))
    statistics = law_statistics(law, SHAPE)
    assert ours.std() == pytest.approx(statistics.std, rel=0.01)
    assert float(theirs.std()) == pytest.approx(statistics.std, rel=0.01)
    if statistics.bound is not None:
        assert np.abs(ours).max() <= statistics.bound
        assert float(theirs.abs().max()) == pytest.approx(statistics.bound, rel=1e-3)


@pytest.mark.parametrize("shape", [(8, 2, 3, 3), (40, 1, 3, 3), (6, 2, 9)])
def test_orthogonal_rows_or_columns(shape):
    weights = initial_weights("orthogonal", shape, np.random.default_rng(1)).reshape(shape[0], -1)
    gram = weights @ weights.T if shape[0] <= weights.shape[1] else weights.T @ weights
    assert gram == pytest.approx(np.eye(len(gram)), abs=1e-12)


def test_unknown_law_names_the_known():
    with pytest.raises(ValueError, match="he_normal"):
        law_statistics("he", SHAPE)
    with pytest.raises(ValueError, match="out, in"):
        initial_weights("he_normal", (3,), np.random.default_rng(0))
