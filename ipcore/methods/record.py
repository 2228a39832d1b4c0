"""What a method is: one record from which networks, theory, pages, charts and commands read all they need."""

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
"""Of a rest or a spread: worked out from the rule itself."""

NAME = re.compile(r"[a-z][a-z0-9-]{0,19}")
LABEL = re.compile(r"[^\W_][\w .+()-]{0,29}")
COLOR = re.compile(r"#[0-9a-f]{6}")
DASH = re.compile(r"solid|\d+px(,\d+px)*")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "triangle-down", "pentagon", "hexagon", "cross")
"""Markers that every chart can draw, as Plotly spells them."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Method:
    """A way to set gain and bias of a neuron that forms ``u = gain * x + bias`` and emits ``y = tanh(u)``.

    A local rule needs a name, a label, a description and an ``update``; all else has a default.

    Args:
        name: lower-case letters, digits and hyphens, as commands, links and recordings have it.
        label: its name in words, as it stands within a sentence.
        description: one sentence in Markdown on who sets gain and bias.
        update: the rule, ``update(x, u, y, state, rate) -> state``, for NumPy and tensors alike: weighted inputs,
            potentials and outputs of shape (..., batch, units), a state of arrays of shape (..., units), and the
            intrinsic rate, a number or of shape (..., 1). It returns the new state and changes nothing. It takes
            statistics of the minibatch by ``.mean(-2)`` or :func:`ipcore.methods.variance`, so that theory can call it
            with a whole distribution. None: gain and bias stay, unless backprop moves them.
        needs: which of ``"x"``, ``"u"`` and ``"y"`` the rule reads; the others are None. Networks keep only these.
        state: initial value of each array of the state; others than gain and bias are the rule's own.
        backprop: what backprop trains, in words; empty for a local rule. What backprop trains needs code of its own in
            ipcore/networks/neurons.py.
        intrinsic_rate: whether the intrinsic rate matters to it; None: to a local rule it does.
        least_batch: the smallest minibatch that it can train with.
        least_batch_reason: why, as half a sentence; only where that is more than 1.
        rest: where it comes to rest. By default the rule is followed to its fixed point; None: it is not shown.
        spread: standard deviation of the potential at rest for a normal input, for theory of depth, or a function of
            nothing that computes it. By default it follows from the rest; None: theory knows none.
        measurable: whether Depth measures it: it must come to rest at rates from 1/2 down whatever the scale of x.
        formula: one update in LaTeX, an equation each.
        remarks: more about it for the guide, in Markdown.
        source: who proposed it.
        color: on light and on dark backgrounds, as ``#rrggbb``; empty for the next of the spare ones.
        dash: of its lines, as Plotly and SVG spell it, ``"solid"`` for none; empty likewise.
        symbol: of its markers, one of :data:`SYMBOLS`; empty likewise.
        place: methods are listed in the order of their places, equal ones in that in which they became known.

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
            (self.color == ("", "") or all(_matches(COLOR, each) for each in self.color), "color", self.color,
             "two of #rrggbb"),
            (not self.dash or _matches(DASH, self.dash), "dash", self.dash, "solid or lengths such as 3px,2px"),
            (self.symbol in ("", *SYMBOLS), "symbol", self.symbol, f"one of {', '.join(SYMBOLS)}"),
        ):  # fmt: skip
            if not allowed:
                raise ValueError(f"{name} of method {self.name!r} must be {what}, not {value!r}"[:400])
        if self.rest == DERIVED:
            set_field("rest", Rest(self._followed) if self.update else Rest(lambda _: self.initial))

    @property
    def heading(self) -> str:
        """The label as it stands at the beginning of a sentence."""
        return self.label[0].upper() + self.label[1:]

    @property
    def local(self) -> bool:
        """Whether gain and bias follow the rule alone: backprop takes them for constants."""
        return self.update is not None and not self.backprop

    @property
    def constant_gain(self) -> bool:
        """Whether the gain stays as it begins, so that the spread of the potential follows from the weights."""
        return self.update is None and self.spread in (None, DERIVED)

    @property
    def initial(self) -> tuple[float, float]:
        """Gain and bias before any update."""
        return self.state["gain"], self.state["bias"]

    @cached_property
    def potential_spread(self) -> float | None:
        """Standard deviation of the potential at rest for a normal input; None where theory knows none."""
        if self.spread == DERIVED:
            return None if self.update is None else self._spread_at_rest()
        return self.spread() if callable(self.spread) else self.spread  # type: ignore[return-value]

    def start(self, full: Callable[..., Any], shape: tuple[int, ...]) -> State:
        """The state of neurons before any update.

        Args:
            full: makes an array of a shape and a value: ``numpy.full`` or ``torch.full``.
            shape: of each array, (..., units).
        """
        return {name: full(shape, float(value)) for name, value in self.state.items()}

    def step(self, x: Any, u: Any, y: Any, state: State, rate: Any) -> State:
        """The state after one update, with arguments as of ``update``; what the rule does not need is dropped."""
        if self.update is None:
            return state
        needs = self.needs
        return self.update(
            x if "x" in needs else None, u if "u" in needs else None, y if "y" in needs else None, state, rate
        )

    def too_small(self, batch_size: int) -> str:
        """Why it cannot train with minibatches of this size; empty if it can."""
        if batch_size >= self.least_batch:
            return ""
        least = f"batch_size must be at least {self.least_batch} with {self.name}, not {batch_size}"
        return f"{least}: {self.least_batch_reason}"

    def needs_larger_batch(self, batch_size: int) -> str:
        """The same as a sentence for a reader."""
        least = f"{self.heading} needs a batch size of at least {self.least_batch}, not {batch_size}"
        return f"{least}: {self.least_batch_reason}."

    def left_out(self, *batch_sizes: int) -> str:
        """That others train without it at some of several sizes, as a sentence; empty if it can do with all."""
        small = " and ".join(f"{size:,}" for size in sorted(set(batch_sizes)) if size < self.least_batch)
        return f"{self.heading} is left out at batch size {small}: {self.least_batch_reason}." if small else ""

    def _followed(self, distribution: InputDistribution) -> tuple[float, float] | None:
        from ipcore.methods.mathematics.fixed_point import fixed_point

        return fixed_point(self, distribution)

    def _spread_at_rest(self) -> float | None:
        from ipcore.methods.mathematics.fixed_point import STANDARD_NORMAL

        found = self.rest.find(STANDARD_NORMAL) if isinstance(self.rest, Rest) else None
        if found is None or abs(found[1]) > 1e-6:  # theory of depth is that of a centred potential
            return None
        return found[0]


def _matches(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None
