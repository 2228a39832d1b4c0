"""On which device networks train: the processor, or a graphics card that PyTorch finds."""

from __future__ import annotations

import os

import torch

from ipcore.messages import shorten
from ipcore.settings import DEVICE_VARIABLE


def training_device() -> torch.device:
    """The device that IPCORE_DEVICE names.

    Raises:
        ValueError: if it names no device, or one that is not there.
    """
    name = device_name()
    try:
        device: torch.device | None = torch.device(name)
    except RuntimeError:
        device = None
    if device is None or device.type not in ("cpu", "cuda"):
        raise ValueError(f"device must be cpu, cuda or a card such as cuda:1, not {shorten(name)}")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise ValueError(
            f"device is {name}, but PyTorch finds {torch.cuda.device_count()} CUDA devices; cpu is always there"
        )
    return device


def device_name() -> str:
    """The name of the device on which this process trains: ``cpu``, or what IPCORE_DEVICE says."""
    return os.environ.get(DEVICE_VARIABLE, "").strip() or "cpu"


def use_training_device() -> None:
    """Lets PyTorch make the tensors of this process on the device that IPCORE_DEVICE names.

    For the processor nothing is changed. Random numbers are drawn on the processor in any case, so that a seed has the
    same weights and minibatches on every device.

    Raises:
        ValueError: see :func:`training_device`.
    """
    if device_name() != "cpu":
        torch.set_default_device(training_device())


def on_device(tensor: torch.Tensor) -> torch.Tensor:
    """The tensor on the device on which this process trains: itself if it is there already."""
    return tensor.to(torch.get_default_device())
