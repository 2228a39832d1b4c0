"""The record of a method, from which networks, theory, pages, charts and commands read all that they need."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Literal

from ipcore.methods.mathematics.inputs import InputDistribution, Rest, State

Rule = Callable[[Any, Any, Any, State, Any], State]
"""``update(x, u, y, state, rate) -> state``; see :class:`Method`."""

DERIVED: Literal["derived"] = "derived"
"""Value of ``rest`` or ``spread`` that says: it is worked out from the rule itself."""

NAME = re.compile(r"[a-z][a-z0-9-]{0,19}")
LABEL = re.compile(r"[^\W_][\w .+()-]{0,29}")
COLOR = re.compile(r"#[0-9a-f]{6}")
DASH = re.compile(r"solid|\d+px(,\d+px)*")
SYMBOLS = (
    *("circle", "square", "diamond", "triangle-up", "triangle-down", "pentagon", "hexagon", "cross"),
    *("star", "bowtie", "hourglass", "star-diamond"),
)
"""Markers that every chart can draw, as Plotly spells them."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Method:
    """A way to set gain and bias of a neuron that forms ``u = gain * x + bias`` and emits ``y = tanh(u)``.

    A local rule needs a name, a label, a description and an ``update``; all else has a default.

    Args:
        name: the name in commands, links and recordings: lower-case letters, digits and hyphens.
        label: the name in words, as it stands within a sentence.
        description: one sentence in Markdown that says who sets gain and bias.
        update: the rule, ``update(x, u, y, state, rate) -> state``, for NumPy arrays and tensors alike. It gets
            pre-activations ``x``, potentials ``u`` and outputs ``y`` of shape (..., batch, units), a state of arrays of
            shape (..., units), and the intrinsic rate, which is a number or an array of shape (..., 1). It returns the
            new state and must not change its arguments. It must take statistics of the minibatch by ``.mean(-2)`` or
            :func:`ipcore.methods.variance`, so that theory can call it with a whole distribution. None means that gain
            and bias stay as they are, unless backprop moves them.
        needs: which of ``"x"``, ``"u"`` and ``"y"`` the rule reads. It gets None for the others, which networks then
            need not keep.
        state: the initial value of each array of the state. A rule may have arrays besides gain and bias.
        backprop: the names of what backprop trains besides the weights; empty for a local rule. What backprop trains
            needs code of its own in ipcore/networks/neurons/.
        intrinsic_rate: whether the intrinsic rate has an effect in networks; None means that it has for a local rule
            only.
        least_batch: the size of the smallest minibatch that the method can train with.
        least_batch_reason: why it cannot train with smaller ones, as half a sentence; needed if ``least_batch`` is
            more than 1.
        rest: where the method comes to rest. By default its fixed point is computed from the rule; None means that
            charts show no rest.
        spread: the standard deviation of the potential at rest for a normal input, which the theory of depth uses, or
            a function without arguments that computes it. By default it follows from the rest; None means that it is
            not known.
        measurable: whether the page Depth can measure the method. For that it must come to rest at every intrinsic
            rate of 1/2 or less, whatever the scale of x.
        over_units: whether gain and bias come from the units of a layer, for each example by itself, instead of from
            the examples that a neuron receives.
        single_neuron_reason: why the method has no meaning for one neuron by itself, as half a sentence; empty if it
            has one.
        control: whether it is a control: pages offer it, but show it only if somebody chooses it.
        formula: one update of gain and bias in LaTeX, one string for each equation.
        remarks: more about the method, for the guide, in Markdown.
        source: who proposed the method.
        color: its colours on light and on dark backgrounds, as ``#rrggbb``; empty to get spare ones.
        dash: the dash pattern of its lines, as Plotly and SVG write it, ``"solid"`` for none; empty to get a spare one.
        symbol: its marker on charts, one of :data:`SYMBOLS`; empty to get a spare one.
        place: methods are listed by ascending place; those with the same place in the order of their registration.

    Raises:
        ValueError: naming the field, its value and what is allowed.
    """

    name: str
    label: str
    description: str
    update: Rule | None = None
    needs: frozenset[str] = frozenset({"x", "u", "y"})
    state: Mapping[str, float] = field(default_factory=lambda: {"gain": 1.0, "bias": 0.0})
    backprop: tuple[str, ...] = ()
    intrinsic_rate: bool | None = None
    least_batch: int = 1
    least_batch_reason: str = ""
    rest: Rest | Literal["derived"] | None = DERIVED
    spread: float | Callable[[], float] | Literal["derived"] | None = DERIVED
    measurable: bool = True
    over_units: bool = False
    single_neuron_reason: str = ""
    control: bool = False
    formula: tuple[str, ...] = ()
    remarks: str = ""
    source: str = ""
    color: tuple[str, str] = ("", "")
    dash: str = ""
    symbol: str = ""
    place: int = 100

    def __post_init__(self) -> None:
        set_field = partial(object.__setattr__, self)
        if self.intrinsic_rate is None:
            set_field("intrinsic_rate", self.local)
        for allowed, name, value, what in (
            (_matches(NAME, self.name), "name", self.name, "1 to 20 lower-case letters, digits and hyphens"),
            (_matches(LABEL, self.label), "label", self.label, "1 to 30 letters, digits, spaces and .+()-"),
            (isinstance(self.description, str) and self.description, "description", self.description, "a sentence"),
            (self.update is None or callable(self.update), "update", self.update, "a function"),
            (self.update or self.backprop, "update", self.update, "a function where backprop trains nothing"),
            (frozenset(self.needs) <= {"x", "u", "y"}, "needs", self.needs, "a frozenset of x, u and y"),
            (self.state.get("gain", 0) > 0 and "bias" in self.state, "state", self.state, "a gain above 0 and a bias"),
            (1 <= self.least_batch <= 1024, "least_batch", self.least_batch, "a whole number from 1 to 1,024"),
            (self.least_batch == 1 or self.least_batch_reason, "least_batch_reason", "", "half a sentence"),
            (not self.over_units or self.single_neuron_reason, "single_neuron_reason", "", "half a sentence"),
            (self.color == ("", "") or all(_matches(COLOR, each) for each in self.color), "color", self.color,
             "two of #rrggbb"),
            (not self.dash or _matches(DASH, self.dash), "dash", self.dash, "solid or lengths such as 3px,2px"),
            (self.symbol in ("", *SYMBOLS), "symbol", self.symbol, f"one of {', '.join(SYMBOLS)}"),
        ):  # fmt: skip
            if not allowed:
                raise ValueError(f"{name} of method {self.name!r} must be {what}, not {value!r}"[:400])
        if self.rest == DERIVED:
            set_field("rest", Rest(self._fixed_point) if self.update else Rest(lambda _: self.initial))

    @property
    def heading(self) -> str:
        """The label with a capital letter, for the beginning of a sentence."""
        return self.label[0].upper() + self.label[1:]

    @property
    def local(self) -> bool:
        """Whether only the rule moves gain and bias, so that backprop treats them as constants."""
        return self.update is not None and not self.backprop

    @property
    def constant_gain(self) -> bool:
        """Whether the gain keeps its initial value, so that the spread of the potential follows from the weights."""
        return self.update is None and self.spread in (None, DERIVED)

    @property
    def initial(self) -> tuple[float, float]:
        """Gain and bias before any update."""
        return self.state["gain"], self.state["bias"]

    @cached_property
    def potential_spread(self) -> float | None:
        """Standard deviation of the potential at rest for a normal input; None if it is not known."""
        if self.spread == DERIVED:
            return None if self.update is None else self._spread_at_rest()
        return self.spread() if callable(self.spread) else self.spread  # type: ignore[return-value]

    def start(self, full: Callable[..., Any], shape: tuple[int, ...]) -> State:
        """The state of neurons before any update.

        Args:
            full: makes an array from a shape and a value: ``numpy.full`` or ``torch.full``.
            shape: the shape of each array, (..., units).

        Returns:
            The name of each array of the state, with the array.
        """
        return {name: full(shape, float(value)) for name, value in self.state.items()}

    def step(self, x: Any, u: Any, y: Any, state: State, rate: Any) -> State:
        """The state after one update. The arguments are those of ``update``; the rule gets only what it needs."""
        if self.update is None:
            return state
        needs = self.needs
        return self.update(
            x if "x" in needs else None, u if "u" in needs else None, y if "y" in needs else None, state, rate
        )

    def too_small(self, batch_size: int) -> str:
        """Why the method cannot train with minibatches of this size, for an error; empty if it can."""
        if batch_size >= self.least_batch:
            return ""
        least = f"batch_size must be at least {self.least_batch} with {self.name}, not {batch_size}"
        return f"{least}: {self.least_batch_reason}"

    def needs_larger_batch(self, batch_size: int) -> str:
        """A sentence for a visitor: why the method cannot train with minibatches of this size, which is too small."""
        least = f"{self.heading} needs a batch size of at least {self.least_batch}, not {batch_size}"
        return f"{least}: {self.least_batch_reason}."

    def left_out(self, *batch_sizes: int) -> str:
        """A sentence for a visitor: at which of these batch sizes the method is left out, and why; empty if at none."""
        small = " and ".join(f"{size:,}" for size in sorted(set(batch_sizes)) if size < self.least_batch)
        return f"{self.heading} is left out at batch size {small}: {self.least_batch_reason}." if small else ""

    @property
    def not_for_one_neuron(self) -> str:
        """A sentence for a visitor: why the method has no meaning for one neuron by itself; empty if it has one."""
        reason = self.single_neuron_reason
        return f"{self.heading} has no meaning for one neuron: {reason}." if reason else ""

    def _fixed_point(self, distribution: InputDistribution) -> tuple[float, float] | None:
        from ipcore.methods.mathematics.fixed_point import fixed_point

        return fixed_point(self, distribution)

    def _spread_at_rest(self) -> float | None:
        from ipcore.methods.mathematics.fixed_point import STANDARD_NORMAL

        found = self.rest.find(STANDARD_NORMAL) if isinstance(self.rest, Rest) else None
        if found is None or abs(found[1]) > 1e-6:  # the theory of depth assumes that the potential has mean 0
            return None
        return found[0]


def _matches(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None
