from __future__ import annotations

import time

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from kernelwidgets.recording import Recording
from kernelwidgets.wire import schema
from kernelwidgets.wire.commands import CommandError
from tests.live.nets import until
from tests.live.trainers import data, end, everything, losses, same, trainer


def cyclic(optimizer):
    return torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.05, total_steps=1000)


def plateau(optimizer):
    return torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=2, factor=0.5)


def own_generator():
    loader = data()
    return DataLoader(
        TensorDataset(*loader.dataset.tensors),
        batch_size=16,
        shuffle=True,
        generator=torch.Generator().manual_seed(3),
    )


class Mixed:
    """Batches in an order of numpy's, and one batch less than would fill the last."""

    def __iter__(self):
        batches = list(data(shuffle=False))
        for index in np.random.permutation(len(batches))[:-1]:
            yield batches[index]


def train(t, steps, at=()):
    """Fit so many steps with actions after some of them; returns everything after each step."""
    states = {}
    actions = dict(at)
    for _ in range(steps):
        t.fit(1)
        for action in actions.get(t.step_count, ()):
            action(t)
        states[t.step_count] = everything(t)
    return states


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"scheduler": cyclic},
        {"scheduler": plateau},
        {"data": own_generator()},
        {"data": Mixed()},
        {"data": data(shuffle=False)},
    ],
    ids=["shuffled", "one-cycle", "plateau", "own generator", "numpy order", "in order"],
)
def test_a_checkpoint_goes_on_bit_for_bit_across_the_ends_of_epochs(options):
    t = trainer(**options)
    t.fit(6)
    checkpoint = t._checkpoint()
    t.fit(7)
    first, first_losses, rate = everything(t), losses(t), t.learning_rate
    torch.rand(5)
    t._put_back(checkpoint)
    assert t.step_count == 6
    assert t.status.state == "finished"
    t.fit(7)
    assert same(everything(t), first)
    assert t.learning_rate == rate
    np.testing.assert_array_equal(losses(t), first_losses)


def test_restart_brings_back_the_generator_of_a_loader():
    t = trainer(data=own_generator())
    t.fit(6)
    first = everything(t)
    t.restart()
    t.fit(6)
    assert same(everything(t), first)


def hands():
    return {
        3: [
            lambda t: t.edit("conv", 0, 0.5),
            lambda t: t.freeze("conv", np.s_[0, 0, 1]),
        ],
        5: [lambda t: t.mute("conv", 2), lambda t: setattr(t, "learning_rate", 0.05)],
        8: [lambda t: t.edit("conv", np.s_[1], 0.1, optimizer_state="clear")],
        9: [lambda t: t.undo()],
        11: [lambda t: t.unfreeze("conv", 0), lambda t: t.mute("conv", 2, on=False)],
        12: [lambda t: t.revert("conv", 3)],
    }


def test_every_step_can_be_restored_with_all_that_hands_did():
    t = trainer(scheduler=cyclic)
    states = train(t, 16, hands())
    recording = t.history
    for step in (13, 2, 3, 5, 8, 10, 16, 11):
        t.restore(recording, step)
        assert t.step_count == step
        assert same(everything(t), states[step]), step
    # From there it goes on as it did, as long as nobody does anything else.
    t.restore(recording, 12)
    t.fit(4)
    assert same(everything(t), states[16])


def test_without_the_edit_it_is_the_run_that_nobody_touched():
    untouched = train(trainer(), 10)
    t = trainer()
    train(t, 8, {5: [lambda t: t.edit("conv", 0, 1.0), lambda t: t.freeze("conv", 0)]})
    recording = t.history
    t.restore(recording, 5, before_edits=True)
    assert same(everything(t), untouched[5])
    t.fit(5)
    assert same(everything(t), untouched[10])
    # And undone it is the same, but for the freeze.
    t.restore(recording, 5)
    t.unfreeze("conv", 0)
    t.undo()
    t.fit(5)
    assert same(everything(t), untouched[10])


def test_a_finger_that_held_a_cell_for_some_steps_is_felt_again(monkeypatch):
    t = trainer()
    edit = schema.Edit(layer="conv", cells=[0, 4], values=[1.0, 2.0], gesture="g", hold=True)
    states = train(
        t,
        9,
        {
            2: [lambda t: t.submit(edit)],
            4: [lambda t: t.submit(schema.Release(gesture="g"))],
            6: [lambda t: t.submit(edit)],
        },
    )
    clock = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: clock() + 10)
    states |= train(t, 3)
    recording = t.history
    for step in (12, 8, 4, 3):
        t.restore(recording, step)
        assert same(everything(t), states[step]), step


def test_it_can_be_restored_while_it_runs_and_then_waits():
    t = trainer()
    states = train(t, 20, hands())
    recording = t.history
    t.max_steps_per_s = 100
    t.start()
    until(lambda: t.step_count > 22)
    t.restore(recording, 14)
    assert (t.step_count, t.status.state) == (14, "paused")
    assert same(everything(t), states[14])
    t.step(6).wait(30)
    t.join(30)
    assert same(everything(t), states[20])
    end(t)


def test_on_the_way_no_hand_may_interfere_and_a_stop_ends_it():
    t = trainer()
    train(t, 20)
    recording = t.history
    refused = []

    def interfere():
        if t._return is not None and t.step_count == 10:
            handle = t.submit(schema.Undo())
            refused.append(handle.error)
            t.stop()

    taken = t._step_taken

    def meddle():
        interfere()
        taken()

    t._step_taken = meddle
    with pytest.raises(RuntimeError, match="stopped at step 10 of 15"):
        t.restore(recording, 15)
    assert isinstance(refused[0], CommandError)
    assert "on the way to step 15" in str(refused[0])
    t._step_taken = taken
    t.restore(recording, 20)
    assert t.step_count == 20


def test_only_what_was_recorded_can_be_restored():
    t, other = trainer(), trainer()
    t.fit(3)
    with pytest.raises(ValueError, match="no checkpoints: a Trainer restores its own history"):
        other.restore(t.history, 0)
    with pytest.raises(ValueError, match="step 4 was not recorded; recorded steps: 0 to 3"):
        t.restore(t.history, 4)
    with pytest.raises(ValueError, match="step 0 was not recorded; recorded steps: none yet"):
        t.restore(Recording.begin(t.info), 0)
    with pytest.raises(TypeError, match="a recording, not int"):
        t.restore(5, 0)


def test_what_record_returns_can_be_restored_also_without_a_history():
    t = trainer(history=False)
    assert t.history is None
    t.fit(3)
    recording = t.record(every=2)
    states = train(t, 6, {5: [lambda t: t.edit("conv", 0, 0.5)]})
    recording.close()
    t.fit(3)
    t.restore(recording, 7)
    assert same(everything(t), states[7])
    with pytest.raises(ValueError, match="step 2 was not recorded"):
        t.restore(recording, 2)


def test_checkpoints_are_thinned_evenly_and_stay_within_their_bytes():
    t = trainer()
    t.fit(1)
    track = t._track
    most = track._most_bytes = 10 * t._checkpoint().nbytes
    for _ in range(60):
        t.fit(10)
        track.add(t._checkpoint())
    steps = [stretch.start.step for stretch in track._way]
    assert 5 < len(steps) <= 10
    assert track.nbytes <= most
    assert steps[0] == 0
    assert steps[-1] == 601
    assert max(np.diff(steps)) < 200


def test_too_many_edits_move_the_beginning_up():
    t = trainer()
    t._track._most_bytes = 100_000
    states = train(t, 12, {step: [lambda t: t.edit("conv", 0, 0.1)] * 60 for step in range(1, 13)})
    recording = t.history
    first = t._track.first_step
    assert 0 < first < 12
    t.restore(recording, 12)
    assert same(everything(t), states[12])
    with pytest.raises(ValueError, match=f"kept from step {first} on"):
        t.restore(recording, 0)


def test_a_batch_that_was_read_ahead_is_read_ahead_again():
    t = trainer()
    t._steps.objective(None, t._stream.__enter__())
    t._stream.__exit__()
    checkpoint = t._checkpoint()
    t.fit(5)
    first = everything(t)
    t._put_back(checkpoint)
    t.fit(5)
    assert same(everything(t), first)
    untouched = trainer()
    untouched.fit(5)
    assert same(everything(untouched), first)
