"""The page "Guide": the model, the rules, their equilibria, and what is biological about them."""

import streamlit as st

from app.session import links
from app.ui import method_texts
from app.ui.style import begin

MODEL = r"""
## The model

A hidden neuron receives a weighted input $x$, forms a potential $u$ and emits an output $y$:

$$
u=\text{gain}\cdot x+\text{bias},\qquad y=\tanh u .
$$

**Methods differ only in who sets gain and bias**; all networks here have the same layers, read-out, weights and
minibatches:
"""

RULES = r"""
## The rules

A neuron whose output takes all its levels equally often says most about its input. Infomax and IP climb towards that, along
the entropy of the output, $H(y)=H(x)+\langle\ln\text{gain}+2\ln\operatorname{sech}u\rangle$. A local rule knows nothing of
error, weights or other neurons. Angle brackets are means over a minibatch, $\eta$ is the intrinsic rate.
"""

RESTS = r"""
## Where they rest

Infomax and IP stand still where

$$
\langle y\rangle=0\qquad\text{and}\qquad\langle u\,y\rangle=\tfrac12 .
$$

So they share their equilibria. The $\tanh$ is centred where the output is balanced, usually between the median and the
mean of the input, and its gain is set by the input's spread. For a logistic input of scale $s$ the gain is
$1/(2s)$ and every output is equally likely. For a normal input it is $0.8744/\sigma$. The page *One neuron* shows the
way there: press Play.

*Information* is measured as the entropy of the output on 30 equal bins over $[-1,1]$, divided by $\ln 30$: 1 when all
are used equally. Beside it stands Renyi's quadratic information potential, $\sum_k p_k^2/\text{bin width}$: lower is
more informative, $\tfrac12$ at best.

"""

DEEP = r"""
## Why it matters in deep networks

From each hidden layer to the one below, the mean square of the error signal is multiplied by $\chi$. Plain neurons with
PyTorch's default weights have $\chi=\tfrac13$: fifteen layers leave a few ten-thousandths of the error's size. A rule
that sets the spread of $u$ sets $\chi$ too, whatever the weights: $1.178$ for batch norm, $1.134$ for IP.
The page *Depth* derives this and measures it.

"""

BIOLOGY = r"""
## What is biological about it

Neurons do change their own excitability over hours and days, to keep their activity in a working range: that is
intrinsic plasticity. The rule is *local*: each quantity in it is present in the neuron itself, in the moment it fires.
Batch norm needs the statistics of many inputs at once and passes its error through them; IP works with a single
example at a time. What stays unbiological here is the rest of the network: its weights learn by backpropagation, and
its outputs are rates between −1 and 1.
"""

CLAIMS = """
## The claims

The page *Claims* has a verdict for each claim of the paper's abstract, with its numbers and the conditions under
which it does and does not hold, and opens or starts a run that shows it.
"""

OURS = """
## What is the paper's, what is ours

The paper's: the idea of intrinsic plasticity as a local, biological batch normalisation in deep networks, and the
claims. We hold its abstract, not its body, and quote no number from it.

Ours: the form of the IP rule above, derived from the principle that the abstract names; the networks, settings and every
number on these pages; and **the finding on multipliers**: that IP's is nearer to 1 than batch norm's, and that neither
depends on the scale of the weights. What a first visit to a page shows of networks was recorded when this project was
made; a press of *Start* or *Measure* computes it anew on this server, as it computes everything else.

## Sources

* Shaw, Jackson & Orchard 2020, *Biological batch normalisation: How intrinsic plasticity improves learning in deep neural
  networks*, PLoS ONE 15(9): e0238454, <https://doi.org/10.1371/journal.pone.0238454>
* Infomax: Bell & Sejnowski 1995. Relative and natural gradient: Cardoso & Laheld 1996, Amari 1998.
* Intrinsic plasticity: Triesch 2005 and 2007, Li & Li 2013.
* Batch normalisation: Ioffe & Szegedy 2015.
* Signals in deep networks: Poole et al. 2016, Schoenholz et al. 2017.
* Quadratic information potential: Principe 2010, *Information Theoretic Learning*.
"""


def onward(page: str, label: str) -> None:
    """Draws a link to another page, which opens in the same tab; a link in Markdown opens another one."""
    st.page_link(f"../pages/{page}.py", label=label, icon=":material/arrow_forward:")


begin("guide", "guide/page.css")
links.offer()
st.markdown(MODEL + method_texts.descriptions())
st.markdown(f"{RULES}\n{method_texts.rules()}")
st.markdown(RESTS)
onward("neuron", "See one neuron find its place")
st.markdown(DEEP)
onward("depth", "See signals and errors through depth")
st.markdown(BIOLOGY)
st.markdown(CLAIMS)
onward("claims", "See a verdict for each claim")
st.markdown(OURS)
