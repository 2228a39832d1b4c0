"""Gain and bias at which the entropy of a neuron's output is greatest: there IP and Infomax both come to rest."""

from __future__ import annotations

from functools import cache, lru_cache

from ipcore.methods.mathematics.inputs import InputDistribution, Rest


@lru_cache(maxsize=256)
def gain_and_centre(distribution: InputDistribution) -> tuple[float, float]:
    """Gain and centre at which the entropy of ``y = tanh(gain * (x - centre))`` is greatest.

    There ``E[y] = 0`` and ``E[u y] = 1/2``. The entropy, ``ln gain + 2 E[ln sech u]`` plus a constant, is strictly
    concave in (gain, bias), so the two equations have one solution. It is found by two nested searches, each bracketed:
    the centre c where ``E[y] = 0`` for a given gain g, and the gain where then ``E[u y] = 1/2``.

    In units of ``D = E|x - median|`` from the median, one pair of brackets holds for every distribution:

    * g is in [1/4, 0.779]. Where ``E[y] = 0``, ``E[ln cosh u]`` is least over all centres, so no more than with the
      centre at the median, and there it is at most g. With ``u tanh u <= 2 ln cosh u``: ``1/2 <= 2 g``. And since
      ``|u| <= u tanh u + 0.279`` and no centre has a smaller ``E|x - c|`` than the median: ``g <= E|u| <= 0.779``.
    * c is in [-2 - ln 2 / g, 2 + ln 2 / g]. With ``|u| - ln 2 <= ln cosh u``: ``g E|x - c| - ln 2 <= g``, and
      ``|c| <= E|x - c| + E|x| = E|x - c| + 1``.

    For most inputs the centre lies between the median and the mean, where a large and a small gain would put it, but
    not for all: Mixture((0, 1.5), (1, 0.05), 0.9), a normal with a bump on its flank, has median 0.140, mean 0.150,
    centre 0.160.

    Args:
        distribution: the distribution of the input.

    Returns:
        Gain and centre, accurate to about nine digits relative to the scale of the distribution.
    """
    import numpy as np

    from ipcore.methods.mathematics.quadrature import crossing

    points, weights = distribution.nodes
    deviation = points - distribution.median
    unit = float(weights @ np.abs(deviation))
    deviation = deviation / unit

    def mean_output(centre: float, gain: float) -> float:
        return float(weights @ np.tanh(gain * (deviation - centre)))

    def centre_of(gain: float) -> float:
        return crossing(lambda centre: mean_output(centre, gain), -5.0, 5.0, width=1e-14)

    def excess(gain: float) -> float:
        potential = gain * (deviation - centre_of(gain))
        return float(weights @ (potential * np.tanh(potential))) - 0.5

    # The brackets from above, a little wider to allow for rounding.
    relative_gain = crossing(excess, 0.24, 0.8, width=1e-13)
    gain = relative_gain / unit
    # The centre is rounded, so that it is exact for a symmetric distribution.
    return gain, distribution.median + unit * round(centre_of(relative_gain), 13)


def gain_and_bias(distribution: InputDistribution) -> tuple[float, float]:
    """Gain and bias at which the entropy of ``y = tanh(gain * x + bias)`` is greatest: ``bias = -gain * centre``."""
    gain, centre = gain_and_centre(distribution)
    return gain, 0.0 - gain * centre


@cache
def spread() -> float:
    """Standard deviation of the potential at this rest for a normal input: 0.8744, root of ``E[u tanh u] = 1/2``."""
    import numpy as np

    from ipcore.methods.mathematics.quadrature import root, standard_normal

    points, weights = standard_normal()
    return root(lambda s: float(weights @ (s * points * np.tanh(s * points))) - 0.5, 0.5, 1.5)


GREATEST_ENTROPY = Rest(gain_and_bias, label="IP and Infomax", moves_with_input=True)
"""The common rest of IP and Infomax."""
