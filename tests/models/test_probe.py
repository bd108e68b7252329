from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from kernelwidgets.models import Network
from kernelwidgets.models.probe import as_pixels
from kernelwidgets.wire.source import Frame, Request, Want

PICTURES = torch.linspace(-1, 1, 3 * 1 * 8 * 8).reshape(3, 1, 8, 8)


def net() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.BatchNorm2d(4),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 6, 3),
        nn.Flatten(),
        nn.Linear(6, 4),
    )


def frame_of(network: Network, *wants: Want, answers: bool = False) -> Frame:
    return network.capture(Request(frozenset(wants), answers=answers), 0).frame()


def test_the_first_batch_becomes_the_probe_once(device: torch.device) -> None:
    network = Network(net().to(device))
    batch = torch.randn(20, 1, 8, 8, device=device)
    expected = batch[:16].cpu().clone()
    network.offer_probe((batch,), torch.arange(20))
    batch.zero_()
    network.offer_probe(batch + 1)
    assert network.probe is not None
    assert torch.equal(network.probe.cpu(), expected)
    assert network.samples == [str(number) for number in range(16)]
    want = Want("probe", sample=2)
    frame = frame_of(network, want)
    np.testing.assert_array_equal(frame.arrays[want], expected[2].numpy())
    low, high = frame.limits["", "probe"]
    assert (low, high) == (expected.min(), expected.max())


def test_what_is_no_picture_batch_is_not_taken() -> None:
    network = Network(net())
    for batch in ({"x": PICTURES}, torch.tensor(3.0), torch.zeros(0, 1, 8, 8), "text", ()):
        network.offer_probe(batch)
        assert network.probe is None


def test_maps_before_and_after_the_nonlinearity(device: torch.device) -> None:
    model = net().to(device)
    network = Network(model, probe=PICTURES)
    before, after = Want("map_before", "0", sample=1), Want("map_after", "0", (3, 1), sample=1)
    frame = frame_of(network, before, after)
    model.eval()
    with torch.no_grad():
        expected = model[0](PICTURES.to(device))
        followed = model[1](expected).relu()
    np.testing.assert_allclose(frame.arrays[before], expected[1].cpu(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(frame.arrays[after], followed[1, [3, 1]].cpu(), rtol=1e-5, atol=1e-6)
    low, high = frame.limits["0", "map_after"]
    assert low == 0
    assert high >= float(followed[1].max())
    assert not frame.notes
    assert not frame.arrays[before].flags.writeable


class Block(nn.Module):
    """A residual block with functional nonlinearities, and a layer that nothing follows."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 4, 3, padding=1)
        self.one = nn.Conv2d(4, 4, 3, padding=1)
        self.two = nn.Conv2d(4, 4, 3, padding=1)
        self.last = nn.Conv2d(4, 2, 1)
        self.unused = nn.Conv2d(1, 1, 1)
        self.functional = nn.Conv2d(1, 1, 1)

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        y = nn.functional.max_pool2d(self.stem(x), 2).tanh()
        z = nn.functional.gelu(self.one(y))
        z = self.two(z) + y
        z = torch.relu_(z)
        nn.functional.conv2d(x, self.functional.weight)
        return {"maps": self.last(z)}


def test_the_nonlinearity_is_found_wherever_it_is() -> None:
    model = Block()
    network = Network(model, probe=PICTURES)
    wants = {name: Want("map_after", name) for name in network.layers}
    frame = frame_of(network, *wants.values())
    with torch.no_grad():
        stem = torch.max_pool2d(model.stem(PICTURES), 2).tanh()
        one = nn.functional.gelu(model.one(stem))
        two = (model.two(one) + stem).relu()
        last = model.last(two)
    for name, maps in {"stem": stem, "one": one, "two": two, "last": last}.items():
        np.testing.assert_allclose(frame.arrays[wants[name]], maps[0], rtol=1e-4, atol=1e-6)
    assert frame.notes[wants["stem"]] == "after max_pool2d → tanh"
    assert wants["one"] not in frame.notes
    assert frame.notes[wants["two"]] == "after add → relu"
    assert "nothing nonlinear follows last" in frame.notes[wants["last"]]
    for name in ("unused", "functional"):
        assert wants[name] not in frame.arrays
        assert f"{name} was not called" in frame.notes[wants[name]]


def test_a_layer_called_twice_shows_its_first_call() -> None:
    layer = nn.Conv2d(1, 1, 3, padding=1)
    model = nn.Sequential(layer, nn.ReLU(), layer, nn.ReLU())
    network = Network(model, probe=PICTURES)
    want = Want("map_before", "0")
    frame = frame_of(network, want, Want("map_after", "0"), answers=True)
    with torch.no_grad():
        np.testing.assert_allclose(frame.arrays[want], layer(PICTURES)[0], rtol=1e-5)


def test_nothing_runs_behind_what_is_wanted() -> None:
    ran = []

    class Tail(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            ran.append(x.shape)
            return x

    network = Network(nn.Sequential(net()[:3], Tail()), probe=PICTURES)
    frame_of(network, Want("map_before", "0.0"), Want("map_after", "0.0"))
    assert not ran
    network.refresh()
    assert len(ran) == 1


@pytest.mark.parametrize(
    ("model", "reads"),
    [
        (net(), {"0": True, "4": False}),
        (nn.Sequential(nn.Identity(), nn.Conv2d(1, 1, 3)), {"1": True}),
        (nn.Sequential(nn.BatchNorm2d(1), nn.Conv2d(1, 1, 3)), {"1": False}),
        (nn.Sequential(nn.Flatten(1, 2), nn.Unflatten(1, (1, 8)), nn.Conv2d(1, 1, 3)), {"2": True}),
        (net().to(memory_format=torch.channels_last), {"0": True, "4": False}),
        (net().double(), {"0": True, "4": False}),
    ],
)
def test_layers_that_read_the_picture_are_found(model: nn.Module, reads: dict[str, bool]) -> None:
    network = Network(model, probe=PICTURES)
    assert network.refresh()
    assert {name: layer.info.reads_image for name, layer in network.layers.items()} == reads
    assert not network.refresh()


def test_answers_are_the_three_largest_shares(device: torch.device) -> None:
    model = net().to(device)
    network = Network(model, probe=(PICTURES, [2, 0, 1]), classes=["a", "b", "c", "d"])
    assert network.samples == ["c", "a", "b"]
    answers = frame_of(network, answers=True).answers
    with torch.no_grad():
        shares = model.eval()(PICTURES.to(device)).softmax(1).cpu()
    assert answers is not None
    for guesses, row in zip(answers, shares, strict=True):
        order = row.argsort(descending=True)[:3]
        assert [guess.label for guess in guesses] == ["abcd"[place] for place in order]
        np.testing.assert_allclose([guess.share for guess in guesses], row[order], rtol=1e-4)
    assert frame_of(Network(model, probe=PICTURES), answers=True).answers is None


@pytest.mark.parametrize(
    ("tail", "shares"),
    [
        (lambda x: (x[:, :3] * 0 + torch.tensor([0.0, 1.0, 0.0]).log(), x), [1, 0, 0]),
        (lambda x: {"aux": 3, "logits": x[:, :3] * 0}, [1 / 3] * 3),
        (lambda x: x[:, :3].softmax(1) * 0 + torch.tensor([0.2, 0.3, 0.5]), [0.5, 0.3, 0.2]),
        (lambda x: x[:, :3] * torch.nan, None),
        (lambda x: x[None], "none"),
        (lambda x: "text", "none"),
    ],
)
def test_answers_of_other_outputs(tail: object, shares: object) -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = net()

        def forward(self, x: torch.Tensor) -> object:
            return tail(self.net(x))

    network = Network(Model(), probe=PICTURES, classes=["a", "b", "c"])
    answers = frame_of(network, answers=True).answers
    if shares == "none":
        assert answers is None
    else:
        assert answers is not None
        found = [guess.share for guess in answers[0]]
        assert all(map(np.isfinite, found))
        if shares is not None:
            np.testing.assert_allclose(found, shares, atol=1e-6)


def test_a_single_number_is_the_logit_of_the_second_of_two_classes() -> None:
    model = nn.Sequential(nn.Conv2d(1, 1, 8), nn.Flatten())
    network = Network(model, probe=PICTURES, classes=["no", "yes"])
    answers = frame_of(network, answers=True).answers
    assert answers is not None
    with torch.no_grad():
        yes = float(model(PICTURES)[0].sigmoid())
    assert {guess.label: guess.share for guess in answers[0]}["yes"] == pytest.approx(yes, rel=1e-5)


def test_a_network_that_cannot_run_is_a_note() -> None:
    class Broken(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(1, 1, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            if not self.training:
                raise RuntimeError("only trains")
            return self.conv(x)

    network = Network(Broken(), probe=PICTURES, classes=["a"])
    assert network.refresh()
    want = Want("map_before", "conv")
    frame = frame_of(network, want, answers=True)
    assert frame.notes[want] == "the network cannot run on the probe: RuntimeError: only trains"
    assert frame.answers is None
    assert network.model.training
    network = Network(net(), probe=torch.zeros(2, 3, 8, 8))
    assert "cannot run" in frame_of(network, Want("map_before", "0")).notes[Want("map_before", "0")]
    want = Want("map_before", "0", sample=2)
    assert "pictures 0 to 1, not 2" in frame_of(network, want).notes[want]


def test_a_scripted_part_does_not_stop_a_pass() -> None:
    part = torch.jit.script(nn.Sequential(nn.BatchNorm2d(4), nn.ReLU()))
    model = nn.Sequential(nn.Conv2d(1, 4, 3), part)
    network = Network(model, probe=PICTURES)
    assert network.refresh()
    want = Want("map_before", "0")
    with torch.no_grad():
        expected = model[0](PICTURES)[0]
    np.testing.assert_allclose(frame_of(network, want).arrays[want], expected, rtol=1e-5)
    assert part.training


def test_lazy_layers_are_not_brought_to_life() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.LazyLinear(2))
    network = Network(model, probe=PICTURES)
    network.refresh()
    want = Want("map_before", "0")
    assert "wait for their first input" in frame_of(network, want).notes[want]
    assert isinstance(model[2], nn.LazyLinear)


def test_integer_inputs_and_further_arguments_are_handed_over() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.words = nn.Embedding(9, 4)
            self.conv = nn.Conv1d(4, 2, 3)

        def forward(self, x: torch.Tensor, scale: torch.Tensor, flag: bool) -> torch.Tensor:
            return self.conv(self.words(x).mT * scale[:, None, None]) if flag else x

    model = Model()
    network = Network(model)
    tokens, scale = torch.arange(20).reshape(2, 10) % 9, torch.tensor([1.0, 2.0])
    network.offer_probe((tokens, scale, True))
    network.refresh()
    want = Want("map_before", "conv", sample=1)
    with torch.no_grad():
        expected = model(tokens, scale, True)[1]
    np.testing.assert_allclose(frame_of(network, want).arrays[want], expected, rtol=1e-5)


def test_a_picture_is_fitted_to_the_probe() -> None:
    network = Network(net(), probe=PICTURES)
    picture = np.zeros((40, 60, 3), dtype=np.uint8)
    picture[:, 30:] = 255
    network.replace_picture(1, picture)
    assert network.samples == ["picture 1", "yours", "picture 3"]
    shown = network.probe[1, 0]
    assert torch.equal(network.probe[0], PICTURES[0])
    assert shown[:, 0].tolist() == pytest.approx([-1] * 8)
    assert shown[:, -1].tolist() == pytest.approx([1] * 8)
    network.probe = picture
    assert network.probe.shape == (1, 1, 8, 8)
    network.probe = PICTURES[2]
    assert torch.equal(network.probe, PICTURES[2:])
    network.probe = (PICTURES, ["diagonal", "blank", "cross"])
    assert network.samples == ["diagonal", "blank", "cross"]
    network.probe = None
    assert network.samples == []


def test_wrong_probes_say_so() -> None:
    network = Network(net())
    with pytest.raises(ValueError, match="there is no probe yet"):
        network.replace_picture(0, np.zeros((8, 8)))
    with pytest.raises(ValueError, match="batch of pictures"):
        network.probe = np.zeros(3)
    with pytest.raises(ValueError, match="3 pictures but 2 labels"):
        network.probe = (PICTURES, [0, 1])
    network.probe = PICTURES
    with pytest.raises(ValueError, match="pictures 0 to 2, not 3"):
        network.replace_picture(3, np.zeros((8, 8)))
    for wrong in (
        np.zeros((3, 8, 8, 8)),
        np.full((8, 8), 3.0),
        np.full((8, 8), np.nan),
        np.ones(4),
    ):
        with pytest.raises(ValueError, match="a picture"):
            network.replace_picture(0, wrong)
    assert torch.equal(network.probe, PICTURES)
    signal = Network(nn.Conv1d(4, 2, 3), probe=torch.zeros(2, 4, 3, 4, 5))
    with pytest.raises(ValueError, match="cannot be fitted"):
        signal.replace_picture(0, np.zeros((8, 8)))


def test_pictures_of_several_layouts_are_understood() -> None:
    assert as_pixels(np.zeros((5, 7))).shape == (5, 7, 1)
    assert as_pixels(np.zeros((3, 5, 7))).shape == (5, 7, 3)
    assert as_pixels(np.full((5, 7, 4), 255, dtype=np.uint8)).max() == 1


def test_a_picture_may_be_a_tensor_of_any_floats() -> None:
    network = Network(net(), probe=PICTURES)
    network.probe = torch.ones(4, 4, dtype=torch.bfloat16)
    assert network.probe is not None
    assert (network.probe == PICTURES.max()).all()
