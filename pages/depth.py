"""The page "Depth": signals and errors in the layers of an untrained network, in theory and as measured."""

from html import escape

import streamlit as st

from app.depth import charts as depth_charts
from app.depth import csv as depth_csv
from app.depth import settings as depth_controls
from app.session import depth as session
from app.session import links, visitor
from app.ui import markdown, words
from app.ui.palette import LOOKS
from app.ui.picture import picture
from app.ui.style import begin
from ipcore.config import RunConfig
from ipcore.tables import to_csv
from ipcore.theory.depth import weight_variance

FINDING = r"""
From one hidden layer to the one below, the mean square of the error signal is multiplied by $\chi$. After $L$ layers
its size is $\chi^{L/2}$: below 1 it vanishes, above 1 it grows.

**A finding of this project, not of the paper**: the multiplier of an IP neuron at rest, $\chi=1.134$, is nearer to 1
than that of batch norm, $1.178$, and neither depends on the scale of the weights, while that of a plain neuron does.
"""

DERIVATION = r"""
*Derived here, with the mean-field theory of deep tanh networks (Poole et al. 2016; Schoenholz et al. 2017).*

A hidden layer computes $u=\text{gain}\cdot x+\text{bias}$, $y=\tanh u$, with $x=Wy_{\text{below}}$, independent weights
of variance $\sigma_w^2/\text{fan-in}$. In wide layers $x$ and $u$ are sums of many independent terms, so
$u\sim\mathcal N(0,s^2)$. On the way down the chain rule gives for
$\delta=\partial L/\partial u$, with independent weights again and $\tanh'=\operatorname{sech}^2$,

$$
\mathbb E[\delta_{\text{below}}^2]
=\underbrace{\sigma_w^2\;\text{gain}^2\;\mathbb E[\operatorname{sech}^4 u]}_{\chi}\;\mathbb E[\delta^2].
$$

**A rule that fixes the spread $s$ of $u$**, as batch norm and IP do, has to divide by that of $x$, which is
$\operatorname{Var}x=\sigma_w^2\,\mathbb E[\tanh^2 u]$. So $\text{gain}^2=s^2/(\sigma_w^2\,\mathbb E[\tanh^2 u])$; put
into $\chi$, the weights cancel:

$$
\chi(s)=\frac{s^2\;\mathbb E[\operatorname{sech}^4 u]}{\mathbb E[\tanh^2 u]},\qquad u\sim\mathcal N(0,s^2).
$$

* Batch norm fixes $s=1$: $\chi=1.178$.
* IP (and Infomax) rest where $\langle y\rangle=0$ and $\langle u\,y\rangle=\tfrac12$. For a normal input that is
  $s=0.8744$: $\chi=1.134$.
* $\chi(s)\to1$ as $s\to0$: a smaller spread keeps the error better, but conveys less. IP is where the output has most
  entropy, before the output is sorted into bins.

**A plain neuron** has gain 1, so nothing cancels. Its spread runs to the fixed point of
$q=\sigma_w^2\,\mathbb E[\tanh^2(\sqrt q\,z)]$, $z\sim\mathcal N(0,1)$, and $\chi=\sigma_w^2\,\mathbb
E[\operatorname{sech}^4(\sqrt q\,z)]$. For $\sigma_w^2\le1$ that is $q=0$ and $\chi=\sigma_w^2$: PyTorch's default
weights have $\sigma_w^2=\tfrac13$, so each layer leaves $0.58$ of the error's size. Near $\sigma_w^2=1$ (weight scale
$\sqrt3$) the fixed point is a long way off, and a network of finite depth has a smaller $\chi$.

What this leaves out: layers are not infinitely wide, and batch norm's backward pass also goes through its statistics.
Measured multipliers of both rules lie some 2 % above theory at width 256. At weight scale 0.01 the $10^{-5}$ that batch
norm adds to the variance is as large as the variance itself, so $s$ and with it $\chi$ are smaller than in theory. At
scale 100 nearly every plain neuron is saturated and the few others carry the whole error, so $\chi$ scatters from
network to network and, in narrow layers, falls short of theory. The multiplier of training networks is another matter:
their weights are no longer independent.
"""


def status(config: RunConfig, drawn: str) -> None:
    """Draws the state of the measurement; when it changes, the whole page reruns.

    Args:
        config: the settings of the page.
        drawn: the state when the page around this part was drawn.
    """
    visitor.here()
    own = session.measuring(config)
    state = own.state if own else ""
    if state != drawn:
        st.rerun()
    tone = ""
    if own is not None:
        text = words.of_measurement(state, own.recording, position=own.position, message=own.message)
        tone = "trouble" if state in ("failed", "interrupted") else ""
    elif session.measured_here(config):
        text = "These settings have been measured on this server before."
    elif session.measurement(config):
        text = "These measurements come with the project. Press Measure to repeat them here."
    else:
        text = "Only theory is shown. Press Measure to add measurements of networks of this shape."
    st.html(f'<div class="measure-note {tone}" role="status">{escape(text)}</div>')


def table(rows: list[depth_charts.Row]) -> str:
    """The multipliers, as a table in Markdown."""
    lines = ["| χ | theory | measured | difference |", "|---|---:|---:|---:|"]
    for row in rows:
        measured = "–" if row.measured is None else f"{row.measured:.4g}"
        if row.spread is not None:
            measured += f" ± {row.spread:.1g}"
        difference = "–" if row.difference is None else f"{100 * row.difference:+.1f} %".replace("-", "−")
        theory = "–" if row.theory is None else f"{row.theory:.4g}"
        lines.append(f"| {LOOKS[row.method].label} | {theory} | {measured} | {difference} |")
    return "\n".join(lines)


session.arrive()
begin("depth", "ui/page.css", "depth/page.css")
markdown.ignored_in_link(session.settings.notices())
with st.sidebar:
    st.subheader("The network", anchor=False)
    depth_controls.widgets(session.settings.values())
session.settings.to_url()
links.offer(session.settings.links)

values = session.settings.values()
choice = depth_controls.choose(values)
config, scale = choice.config, values["weight_scale"]
own = session.measuring(config) if config else None
busy = own is not None and own.state in words.LIVE
with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
    st.button(
        "Measure",
        key="measure",
        type="primary",
        icon=":material/straighten:",
        on_click=session.measure,
        args=(config,),
        disabled=config is None or busy or session.measured_here(config) is not None,
        help="Draw untrained networks of this shape, let the rules settle, and backpropagate one error. "
        "This takes some seconds.",
    )
    if config is None:
        st.html(f'<div class="measure-note trouble" role="status">{escape(choice.problem)}</div>')
    else:
        st.fragment(status, run_every=0.3 if busy else None)(config, own.state if own else "")

shown = config.methods if config else depth_controls.SHOWN
found = session.measurement(config) if config else None
measured = {method: found.methods[method] for method in shown if method in found.methods} if found else {}
dark = st.context.theme.type == "dark"
seen = session.bundled()  # theory wants to know how large the inputs are
signals = depth_charts.theory(shown, values["depth"], scale, seen.second_moment, seen.variance)
rows = depth_charts.multipliers(shown, scale, measured)
by_layer = to_csv(depth_csv.layers(signals, measured))
stem = f"depth-{values['depth']}-width-{values['width']}-scale-{words.number(scale)}"

left, right = st.columns(2)
with left:
    picture(
        "Signal on its way up",
        "A line that falls to the right means that the signal fades with every layer.",
        depth_charts.activity(signals, measured, dark),
        "activity",
        by_layer,
        f"{stem}-layers.csv",
        depth_charts.activity(signals, measured, False),
    )
with right:
    picture(
        "Error on its way down",
        "A line that falls to the left means that the error signal vanishes.",
        depth_charts.error(signals, measured, dark),
        "error",
        by_layer,
        f"{stem}-layers.csv",
        depth_charts.error(signals, measured, False),
    )
left, right = st.columns(2)
with left:
    picture(
        "Multiplier and weight scale",
        "χ by weight scale. Methods with flat lines do not depend on it. On the dotted line the error keeps its size.",
        depth_charts.scales(scale, rows, dark),
        "scales",
        to_csv(depth_csv.multiplier(shown, scale, measured)),
        f"{stem}-multipliers.csv",
        depth_charts.scales(scale, rows, False),
    )
with right, st.container(key="card_multipliers"):
    st.subheader("The multiplier χ", anchor=False)
    st.markdown(FINDING)
    st.markdown(table(rows))
    span = depth_charts.layers_measured(config) if config else None
    if config is None or span is None:
        st.caption(
            f"χ is measured in networks of {2 * depth_charts.ENDS + 2} hidden layers or more, "
            "since layers at both ends are left out."
        )
    else:
        seeds = (found.config if found else config).seeds
        over = f"over {seeds} seeds, ± their standard deviation" if seeds > 1 else "of one seed"
        st.caption(
            f"Weight scale {words.number(scale)} is σ_w² = {weight_variance(scale):.4g}. "
            "The measured χ is the geometric mean of the ratio of squared RMS dL/dx from a layer to the one below it, "
            f"hidden layers {span[0]} to {span[1]}, {over}."
        )
st.subheader("Where the multiplier comes from", anchor=False)
st.markdown(DERIVATION)
