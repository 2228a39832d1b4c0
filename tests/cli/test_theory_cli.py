"""The commands ``equilibrium`` and ``chi``: numbers, JSON, and one line for what is not allowed."""

import argparse
import json

import pytest

from ipcore.cli.theory import add_commands
from ipcore.theory.depth import gradient_multiplier
from ipcore.theory.distributions import FAMILIES, Exponential, Laplace, Logistic, Lognormal, Mixture, Normal, Uniform
from ipcore.theory.equilibria import equilibrium

KEYS = ["gain", "bias", "centre", "median", "mean", "information", "quadratic_information_potential"]


def command(line):
    """The exit status of a command line."""
    parser = argparse.ArgumentParser(prog="ipcore")
    add_commands(parser.add_subparsers(required=True))
    arguments = parser.parse_args(line.split())
    return arguments.run(arguments)


@pytest.mark.parametrize(
    ("line", "distribution"),
    [
        ("normal --mean 3 --sd 0.1", Normal(3, 0.1)),
        ("normal --mean -1e-3", Normal(-1e-3, 1)),
        ("uniform --low -2 --high -.5", Uniform(-2, -0.5)),
        ("uniform --low -1000 --high -999.999", Uniform(-1000, -999.999)),  # whose difference is rounded below 0.001
        ("logistic --mean 1 --scale 2", Logistic(1, 2)),
        ("laplace --mean 1 --scale 2", Laplace(1, 2)),
        ("exponential --rate 4", Exponential(4)),
        ("lognormal --mu -1 --sigma 0.3", Lognormal(-1, 0.3)),
        ("mixture --means -2,1 --sds 0.5,1 --weight 0.3", Mixture((-2, 1), (0.5, 1), 0.3)),
        *((name, family()) for name, family in FAMILIES.items()),
    ],
)
def test_equilibrium_as_json(capsys, line, distribution):
    assert command(f"equilibrium {line} --json") == 0
    printed = json.loads(capsys.readouterr().out)
    assert list(printed) == KEYS
    assert printed == vars(equilibrium(distribution))


def test_equilibrium_in_words(capsys):
    assert command("equilibrium normal --mean 3 --sd 0.1") == 0
    rows = dict(line.rsplit(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert list(rows) == [key.replace("_", " ") for key in KEYS]
    assert float(rows["gain"]) == pytest.approx(8.744003697) and float(rows["centre"]) == 3


@pytest.mark.parametrize("method", ["plain", "batch-norm", "infomax", "ip"])
def test_chi(capsys, method):
    assert command(f"chi {method} --weight-variance 4 --json") == 0
    assert json.loads(capsys.readouterr().out) == {"chi": gradient_multiplier(method, 4)}
    assert command(f"chi {method}") == 0
    name, value = capsys.readouterr().out.split()
    assert name == "chi" and float(value) == pytest.approx(gradient_multiplier(method), rel=1e-9)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("equilibrium normal --sd 0", "error: sd must be a number from 0.001 to 1,000, not '0'"),
        ("equilibrium normal --mean nan", "error: mean must be a number from -1,000 to 1,000, not 'nan'"),
        ("equilibrium uniform --low 1 --high 1", "error: high must be at least 0.001 above low (1), not 1.0"),
        ("equilibrium mixture --sds 1", "error: sds must be two numbers from 0.001 to 1,000, not '1'"),
        ("chi plain --weight-variance -4", "error: weight_variance must be a number from 1e-06 to 1,000,000, not '-4'"),
        ("chi ip --weight-variance x", "error: weight_variance must be a number from 1e-06 to 1,000,000, not 'x'"),
    ],
)
def test_a_value_that_is_not_allowed_takes_one_line(capsys, line, message):
    assert command(line) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.splitlines() == [message]


@pytest.mark.parametrize("line", ["equilibrium", "equilibrium cauchy", "equilibrium normal --rate 1", "chi", "chi sgd"])
def test_a_command_that_does_not_exist_is_refused(capsys, line):
    with pytest.raises(SystemExit) as stopped:
        command(line)
    assert stopped.value.code == 2
    assert "error:" in capsys.readouterr().err
