"""What ``import ipcore`` offers to a notebook or a script: functions to train a race, train a sweep, and ask theory."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipcore.config import RunConfig, SweepConfig
from ipcore.data import fetch
from ipcore.data import load as load_data
from ipcore.executors.choice import executor_for
from ipcore.executors.sweeping import events
from ipcore.recordings.events.base import Event
from ipcore.recordings.events.race import Start
from ipcore.recordings.files import load as load_recording
from ipcore.recordings.race import Recording
from ipcore.recordings.sweep import SweepRecording
from ipcore.sweeps.plan import Sweep
from ipcore.worker.commands import Schedule

if TYPE_CHECKING:
    from ipcore.theory.distributions import Distribution
    from ipcore.theory.equilibria import Equilibrium

__all__ = ["Recording", "RunConfig", "SweepConfig", "SweepRecording", "equilibrium", "load", "sweep", "train"]


def train(
    config: RunConfig,
    *,
    changes: Iterable[tuple[int, str, float]] = (),
    threads: int = 1,
    on_event: Callable[[Event], object] | None = None,
) -> Recording:
    """Trains a race: networks of one or more methods, side by side.

    The same settings and changes give the same numbers to the last bit, here and on the dashboard, if the versions of
    the packages and the kind of processor are the same. This holds for one thread, because the order in which numbers
    are added depends on the number of threads. For the events one by one, see :func:`ipcore.networks.training.train`.

    Args:
        config: the settings. Their data set is downloaded if necessary.
        changes: changes of a setting during training, each as (steps done before it, setting, new value). The setting
            is ``"learning_rate"`` or ``"intrinsic_rate"``.
        threads: number of processor threads that PyTorch uses, which the recording holds. Afterwards the previous
            number is restored.
        on_event: called with each event, for instance to show progress.

    Returns:
        The finished recording; :meth:`~ipcore.recordings.race.Recording.to_frame` gives its pandas frames.

    Raises:
        ValueError: if a setting or a change is not allowed.
        DataUnavailable: if the data set can neither be found nor downloaded.
    """
    schedule = Schedule(changes, config.allowed().steps)
    examples = load_data(config.dataset, train_examples=config.train_examples)
    import torch  # imported here, because it takes a second, for which nobody should wait who only wants theory

    from ipcore.networks import training

    recording, before = Recording(config), torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        for event in training.train(config, examples, schedule):
            if isinstance(event, Start):
                event = event.computed_with(threads)
            recording.add(event)
            if on_event:
                on_event(event)
    finally:
        torch.set_num_threads(before)
    return recording


def sweep(
    config: RunConfig,
    over: Mapping[str, Iterable[float]],
    *,
    equal_examples: bool = False,
    usual_rates: bool = False,
    workers: int | None = None,
    on_event: Callable[[Event], object] | None = None,
) -> SweepRecording:
    """Trains the same networks at many values of one or two settings, in worker processes.

    The processes run on this machine or, if ``DASK_SCHEDULER_ADDRESS`` is set, on a Dask cluster. Networks that cannot
    be trained are left out with a warning.

    Args:
        config: the settings that all networks share, with the methods and seeds. A :class:`~ipcore.config.SweepConfig`
            may have more networks than a race.
        over: one or two settings -> their values, such as ``{"learning_rate": (0.01, 0.1, 1)}``.
        equal_examples: whether networks of every batch size see the same number of examples, that of ``config.steps``
            minibatches of ``config.batch_size``.
        usual_rates: whether each batch size has the intrinsic rate of
            :func:`ipcore.config.usual_intrinsic_rate` instead of that of ``config``.
        workers: number of processes on this machine; by default ``IPCORE_SLOTS``, or one for each core.
        on_event: called with each event, for instance to show progress.

    Returns:
        The finished recording; :meth:`~ipcore.recordings.sweep.SweepRecording.to_frame` gives its pandas frames.

    Raises:
        ValueError: if a setting or a value is not allowed, or the sweep is too large.
        ExecutorUnavailable: if the cluster cannot be reached.
        DataUnavailable: if the data set can neither be found nor downloaded.
    """
    values = {name: tuple(each) for name, each in over.items()}
    shared = SweepConfig(**config.to_dict())
    plan = Sweep(shared, values, equal_examples, usual_rates).allowed()
    fetch(plan.config.dataset)
    recording = SweepRecording(plan)
    with closing(executor_for("terminal", workers)) as executor:
        for event in events(plan, executor):
            recording.add(event)
            if on_event:
                on_event(event)
    for stack, message in recording.failures.items():
        warnings.warn(f"{len(recording.stacks[stack].points)} networks ({stack}) failed: {message}", stacklevel=2)
    return recording


def load(path: str | Path) -> Recording | SweepRecording:
    """The race or sweep in a file that ``--record`` or the dashboard's export has written.

    A recording whose writer was stopped is read up to its last whole event, with a warning; it then has ``cut_off``.

    Args:
        path: path of the file.

    Raises:
        ValueError: if it is no recording, or is damaged.
        OSError: if the file cannot be read.
    """
    recording = load_recording(path)
    if recording.cut_off:
        warnings.warn(f"{path} is {recording.message}", stacklevel=2)
    return recording


def equilibrium(distribution: Distribution | str, **parameters: Any) -> Equilibrium:
    """Gain and bias at which IP and Infomax come to rest on a fixed distribution of the input.

    >>> rest = equilibrium("normal", mean=1, sd=2)
    >>> round(rest.gain, 4), round(rest.bias, 4)
    (0.4372, -0.4372)

    Args:
        distribution: a distribution of :mod:`ipcore.theory.distributions`, or the name of a family of distributions,
            such as ``"lognormal"``.
        parameters: the parameters of the family, if its name is given; those that are left out have their defaults.

    Returns:
        Gain, bias and information at rest; see :class:`ipcore.theory.equilibria.Equilibrium`.

    Raises:
        ValueError: naming the family or parameter, its value and what is allowed.

    Source:
        The Infomax principle, see :func:`ipcore.theory.equilibria.equilibrium`.
    """
    from ipcore.theory import distributions, equilibria  # imported here, because they load SciPy

    if isinstance(distribution, str):
        return equilibria.equilibrium(distributions.distribution(distribution, parameters))
    if parameters:
        raise ValueError(f"{distribution!r} has its parameters; {', '.join(parameters)} may stand beside a name only")
    return equilibria.equilibrium(distribution)
