from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

from kernelwidgets.live import Trainer
from tests.live.nets import until
from tests.live.trainers import NoisyNet, data, end, everything, trainer


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"loss": None}, "needs either loss"),
        ({"step": lambda m, b: 0, "loss": F.cross_entropy}, "needs either loss"),
        ({"loss": "mse"}, "loss is a function, not str"),
        ({"data": iter([])}, "used up after one pass"),
        ({"data": 3}, "yields batches, not int"),
        ({"validation": iter([])}, "validation is used up"),
        ({"validation": data(), "metrics": [F.mse_loss]}, "dict of names"),
        ({"validation": data(), "step": lambda m, b: 0}, "needs metrics"),
    ],
)
def test_what_is_missing_or_does_not_fit_is_said(options, message):
    with pytest.raises(TypeError, match=message):
        trainer(**options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"metrics": {"error": F.mse_loss}}, "metrics are measured on a validation set: pass"),
        ({"validation": []}, "validation holds no batch; pass pairs"),
        ({"validation": DataLoader([])}, "validation holds no batch; pass pairs"),
    ],
)
def test_a_score_without_pictures_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        trainer(**options)


def test_a_validation_set_that_turns_out_empty_is_told_in_a_line(caplog):
    class Empty:
        def __iter__(self):
            return iter(())

    t = trainer(validation=Empty())
    t.fit(2)
    assert t.status.score_text.startswith("no test score: validation holds no batch; pass pairs")
    assert t.status.state == "finished"
    assert caplog.text == ""


def test_an_optimizer_is_needed():
    with pytest.raises(TypeError, match="needs an optimizer"):
        Trainer(NoisyNet(), data(), F.cross_entropy)


def test_unknown_names_raise():
    with pytest.raises(TypeError, match="epochs"):
        trainer(epochs=3)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"data": []}, ValueError, "the data hold no batch"),
        ({"data": [torch.zeros(2, 1, 8, 8)]}, ValueError, "no pairs"),
        ({"step": lambda m, b: None}, TypeError, "tensor of one number, not NoneType"),
        ({"step": lambda m, b: m(b[0])}, TypeError, r"not shape \(16, 2\)"),
        ({"step": lambda m, b: torch.zeros(())}, ValueError, "does not depend on any parameter"),
        ({"step": lambda m, b: m(b[0]).sum() * float("nan")}, FloatingPointError, "loss is nan"),
    ],
)
def test_what_goes_wrong_in_a_step_ends_the_run_and_is_told(options, error, message):
    t = trainer(**options)
    start = everything(t)
    with pytest.raises(error, match=message):
        t.fit(3)
    assert t.status.state == "failed"
    assert error.__name__ in t.status.error
    # Batch statistics come with the forward pass; nothing else has changed.
    names = list(t.model.state_dict())
    kept = [name for name in names if "norm" not in name]
    assert all(torch.equal(start[names.index(n)], t.model.state_dict()[n]) for n in kept)
    t.start()
    with pytest.raises(error, match=message):
        t.join(30)
    t.restart()
    assert (t.status.state, t.status.error) == ("idle", "")


def test_finite_data_are_gone_through_again():
    passes = []

    class Counted(list):
        def __iter__(self):
            passes.append(1)
            return super().__iter__()

    t = trainer(data=Counted(data()))
    t.fit(10)
    assert len(passes) == 3


def test_fit_while_it_runs_says_how_to_end_it():
    t = trainer()
    t.start()
    with pytest.raises(RuntimeError, match="under way"):
        t.fit(3)
    end(t)


def test_closing_ends_the_run_quietly(caplog):
    t = trainer()
    t.start()
    until(lambda: t.step_count > 2)
    t.close()
    t._run.join(30)
    assert caplog.text == ""
    with pytest.raises(RuntimeError, match="this Trainer is closed; make another one"):
        t.fit(1)
    with pytest.raises(ValueError, match="this Trainer is closed; make another one"):
        t.start()


def test_what_is_not_under_way_is_neither_paused_nor_stopped():
    t = trainer()
    for call in (t.pause, t.stop):
        with pytest.raises(ValueError, match=r"nothing runs; train with trainer\.start\(\)"):
            call()


def test_join_tells_when_time_is_up():
    t = trainer()
    t.start()
    with pytest.raises(TimeoutError, match="still training"):
        t.join(0.05)
    end(t)


def test_an_interrupt_ends_fit_quietly_for_the_state():
    def step(model, batch):
        raise KeyboardInterrupt

    t = trainer(step=step)
    with pytest.raises(KeyboardInterrupt):
        t.fit(3)
    assert t.status.state == "finished"


def test_layers_that_come_late_cannot_be_restarted():
    model = nn.Sequential(nn.LazyConv2d(2, 3), nn.Flatten(), nn.LazyLinear(2))
    t = Trainer(model, data(), F.cross_entropy, torch.optim.SGD(model.parameters(), lr=0.1))
    t.fit(2)
    with pytest.raises(ValueError, match="call the model once"):
        t.restart()
