"""The experiments of the claims: which cells each claim needs, and how large they are.

Starts are matched: every comparison of methods is made between networks with the same initial weights and minibatches,
seed by seed, and it is made from both starts, because the outcome depends on the start. The cells of the claims C1, C2
and C3 are the same, and other claims use them too, so that nothing is trained twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ipcore.claims.cells import NetworkCell, NeuronCell
from ipcore.config import SETTINGS, Dataset, RunConfig, usual_intrinsic_rate
from ipcore.datasets import DATASETS, parse_dataset
from ipcore.methods import registry
from ipcore.theory.distributions import (
    Distribution,
    Exponential,
    Laplace,
    Logistic,
    Lognormal,
    Normal,
    Uniform,
)

STARTS: dict[str, str] = {"pytorch": "PyTorch's start", "xavier": "Xavier start"}
"""Each start of the weights, as a value of the setting ``initialization`` -> its name in words."""

COMPARED = ("plain", "batch-norm", "ip")
"""The methods that are compared at every start, depth and rate."""
CONTROLS = ("averaged-ip", "running-batch-norm", "constant-batch-norm", "layer-norm")
"""The methods that say why: see :mod:`ipcore.methods`."""
CONTROLS_AT_SMALL_BATCHES = ("averaged-ip", "running-batch-norm", "layer-norm")
"""Those of them that tell something at a small batch size."""

INPUTS: dict[str, Distribution] = {
    "Normal(0, 1)": Normal(0.0, 1.0),
    "Normal(3, 0.1)": Normal(3.0, 0.1),
    "Logistic(0, 1)": Logistic(0.0, 1.0),
    "Laplace(0, 1)": Laplace(0.0, 1.0),
    "Uniform(0, 1)": Uniform(0.0, 1.0),
    "Exponential(1)": Exponential(1.0),
    "Lognormal(0, 2)": Lognormal(0.0, 2.0),
    "Lognormal(-2, 1.7)": Lognormal(-2.0, 1.7),
}
"""The inputs of one neuron, by their names in words; the last two have tails that refute C6."""

NEURON_STARTS: dict[str, tuple[float, float]] = {"gain 1, bias 0": (1.0, 0.0), "gain 0.2, bias 1": (0.2, 1.0)}
"""The starts of one neuron: gain and bias."""

NETWORK_CLAIMS = ("C1", "C2", "C3")
"""The claims that can be tried on any data set."""
OWN_DATASET = "mnist-5k"
"""The data set on which all claims are tried."""
SUBSET = 5_000
"""Training examples of a data set that is downloaded."""


@dataclass(frozen=True)
class Size:
    """How large the experiments are.

    Args:
        depths: numbers of hidden layers.
        rates: learning rates, ascending.
        steps: updates of the weights at batch size 100.
        batch_sizes: the small batch sizes.
        small_batch_rates: learning rates at small batch sizes.
        small_batch_steps: updates of the weights at small batch sizes.
        seeds: seeds unless others are asked for.
    """

    depths: tuple[int, ...]
    rates: tuple[float, ...]
    steps: int
    batch_sizes: tuple[int, ...]
    small_batch_rates: tuple[float, ...]
    small_batch_steps: int
    seeds: int


FULL = Size((5, 15, 30), (0.001, 0.01, 0.1, 0.3, 1.0, 3.0), 300, (1, 2, 4), (0.003, 0.01, 0.03), 1_500, 5)
"""The whole, which takes at most a quarter of an hour on two cores."""
QUICK = Size((5, 15), (0.001, 0.01, 0.1, 1.0), 200, (1, 2), (0.01,), 600, 3)
"""The quick one, which takes at most two minutes on two cores."""

WIDTH = 64
"""Neurons in each hidden layer."""
MIDDLE = 15
"""Hidden layers of the networks that C5 and C7 look into."""
SHALLOW = 5
"""Hidden layers at small batch sizes."""

NetworkKey = tuple[str, str, int, int]
"""Method, start, depth and batch size."""
NeuronKey = tuple[str, str, str]
"""Input, method and start of one neuron."""


@dataclass(frozen=True)
class Plan:
    """What is measured for some claims.

    Args:
        claims: the ids of the claims.
        quick: whether the experiments are those of :data:`QUICK`.
        seeds: the number of seeds.
        first_seed: the first seed; the others follow it.
        dataset: the data set of the networks.

    Raises:
        ValueError: if a claim cannot be tried on that data set, or a number is not allowed.
    """

    claims: tuple[str, ...]
    quick: bool = False
    seeds: int = FULL.seeds
    first_seed: int = 0
    dataset: str = OWN_DATASET

    def __post_init__(self) -> None:
        parse_dataset(self.dataset)
        for name in ("seeds", "first_seed"):
            object.__setattr__(self, name, int(SETTINGS[name].parse(name, getattr(self, name))))
        elsewhere = [claim for claim in self.claims if claim not in NETWORK_CLAIMS]
        if self.dataset != OWN_DATASET and elsewhere:
            raise ValueError(
                f"claim {elsewhere[0]} is tried on {OWN_DATASET} only; on {self.dataset} choose of "
                f"{', '.join(NETWORK_CLAIMS)}"
            )

    @property
    def size(self) -> Size:
        """How large the experiments are."""
        return QUICK if self.quick else FULL

    @property
    def data(self) -> Dataset:
        """The data set's entry in the catalogue."""
        return DATASETS[self.dataset]

    @property
    def train_examples(self) -> int:
        """The number of training examples; 0 for all."""
        return SUBSET if self.data.train > SUBSET else 0

    @property
    def all_seeds(self) -> range:
        """Every seed."""
        return range(self.first_seed, self.first_seed + self.seeds)

    def cell(self, method: str, start: str, depth: int, batch_size: int = 100) -> NetworkCell:
        """The cell of a method at a start, a depth and a batch size.

        Raises:
            ValueError: if the settings are not allowed.
        """
        small = batch_size != 100
        config = RunConfig(
            dataset=self.dataset,
            methods=(method,),
            depth=depth,
            width=WIDTH,
            batch_size=batch_size,
            intrinsic_rate=usual_intrinsic_rate(batch_size),
            steps=self.size.small_batch_steps if small else self.size.steps,
            initialization=start,
            train_examples=self.train_examples,
        )
        return NetworkCell(config, self.size.small_batch_rates if small else self.size.rates, start)

    @cached_property
    def networks(self) -> dict[NetworkKey, NetworkCell]:
        """Every cell of networks that the claims need, by method, start, depth and batch size."""
        wanted = dict.fromkeys(key for claim in self.claims for key in self._network_keys(claim))
        return {key: self.cell(*key) for key in wanted if not registry.get(key[0]).too_small(key[3])}

    def _network_keys(self, claim: str) -> Iterator[NetworkKey]:
        depths = self.size.depths
        match claim:
            case "C1" | "C2":
                yield from self._keys(COMPARED, depths)
            case "C3":
                yield from self._keys(("plain", "ip"), depths)
            case "C5":
                yield from self._keys(("ip", "infomax"), (MIDDLE,))
            case "C6":
                yield from self._keys(("plain", "batch-norm"), depths)
            case "C7":
                yield from self._keys(("batch-norm", "ip"), depths)
                yield from ((method, "pytorch", MIDDLE, 100) for method in CONTROLS)
                for size in self.size.batch_sizes:
                    for method in (*COMPARED, *CONTROLS_AT_SMALL_BATCHES):
                        yield method, "pytorch", SHALLOW, size

    @staticmethod
    def _keys(methods: tuple[str, ...], depths: tuple[int, ...]) -> Iterator[NetworkKey]:
        return ((method, start, depth, 100) for depth in depths for start in STARTS for method in methods)

    @cached_property
    def neurons(self) -> dict[NeuronKey, NeuronCell]:
        """Every cell of one neuron that the claims need, by input, method and start."""
        found: dict[NeuronKey, NeuronCell] = {}
        first = next(iter(NEURON_STARTS))
        for name, distribution in INPUTS.items():
            for method, claim in (("ip", "C4"), ("ip", "C5"), ("infomax", "C5")):
                for start, (gain, bias) in NEURON_STARTS.items():
                    if claim in self.claims and (claim == "C4" or start == first):
                        found[name, method, start] = NeuronCell(distribution, method, gain, bias)
        return found

    @property
    def cells(self) -> list[NetworkCell | NeuronCell]:
        """Every cell."""
        return [*self.networks.values(), *self.neurons.values()]

    @property
    def network_count(self) -> int:
        """The number of networks over all cells, rates and seeds."""
        return self.seeds * sum(len(cell.rates) for cell in self.networks.values())
