"""On which device networks train. No graphics card is needed here: tensors without memory find what is left behind."""

from __future__ import annotations

import pytest
import torch
from msgspec import UNSET

from ipcore.cli.common import use_device
from ipcore.config import METHODS, RunConfig
from ipcore.data.sets import load
from ipcore.networks.device import training_device, use_training_device
from ipcore.networks.loss import cross_entropy
from ipcore.networks.minibatches import Minibatches
from ipcore.networks.network import Network
from ipcore.networks.race import Race
from ipcore.networks.starts import initial_biases, initial_weights
from ipcore.networks.training import start_event
from ipcore.settings import DEVICE_VARIABLE

CONFIG = RunConfig(dataset="moons", methods=METHODS, depth=2, width=4, batch_size=8, biases="drawn")


@pytest.fixture
def meta():
    """Tensors have shapes and no memory, and PyTorch refuses to mix them with those of the processor."""
    torch.set_default_device("meta")
    yield
    torch.set_default_device(None)


@pytest.mark.parametrize(
    ("method", "optimizer", "initialization"),
    [
        *((method, "sgd", "pytorch") for method in METHODS),
        ("ip", "momentum", "xavier"),
        ("plain", "adam", "orthogonal"),
    ],
)
@pytest.mark.usefixtures("meta")
def test_every_tensor_of_a_step_is_on_the_device(method, optimizer, initialization):
    config = CONFIG.replace(optimizer=optimizer, initialization=initialization)
    network = Network(config, method, initial_weights(config, [0, 1]), initial_biases(config, [0, 1]))
    inputs, labels = Minibatches(load("moons"), 8, [0, 1]).next()
    rate = torch.full((2, 1, 1), 0.1)
    loss, error = cross_entropy(network.forward(inputs), labels)
    network.backward(inputs, error)
    network.update(rate, rate)
    tensors = (inputs, labels, loss, error, *network.state(), *network.weight_gradients, *network.neurons.effective())
    assert {tensor.device.type for tensor in tensors} == {"meta"}
    assert network.evaluate(inputs[0]).shape == (2, 2, 8)


def test_the_processor_is_the_default_and_nothing_is_changed_for_it(monkeypatch):
    monkeypatch.delenv(DEVICE_VARIABLE, raising=False)
    assert training_device() == torch.device("cpu")
    monkeypatch.setenv(DEVICE_VARIABLE, " cpu ")
    use_training_device()
    assert torch.get_default_device() == torch.device("cpu")
    with torch.no_grad():
        losses, _ = Race(CONFIG, load("moons")).advance()
    assert list(losses) == list(METHODS)


@pytest.mark.parametrize("name", ["gpu", "mps", "cuda:x", "meta"])
def test_what_is_no_device_is_refused_by_its_name(name, monkeypatch):
    monkeypatch.setenv(DEVICE_VARIABLE, "")
    with pytest.raises(ValueError, match=f"device must be cpu, cuda or a card such as cuda:1, not '{name}'"):
        use_device(name)


def test_a_card_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setenv(DEVICE_VARIABLE, "")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(ValueError, match="device is cuda:1, but PyTorch finds 1 CUDA devices; cpu is always there"):
        use_device("cuda:1")
    use_device("cuda")
    assert training_device() == torch.device("cuda")
    use_device(None)
    use_device("cpu")
    assert training_device() == torch.device("cpu")


def test_a_race_names_the_device_on_which_it_is_trained(monkeypatch):
    monkeypatch.setenv(DEVICE_VARIABLE, "cuda:1")
    assert start_event(CONFIG, load("moons")).device == "cuda:1"
    monkeypatch.setenv(DEVICE_VARIABLE, "cpu")
    assert start_event(CONFIG, load("moons")).device is UNSET
