"""What the front page says of itself before anything else; the opening says the same. Pure; no Streamlit."""

from ipcore.claims.claims import PAPER_URL

TITLE = "Intrinsic plasticity: neurons that tune themselves"
WHAT = (
    "A neuron with <b>intrinsic plasticity (IP)</b> adjusts its own gain and bias until it uses its whole range of "
    "outputs. Here the same deep network learns with different rules for gain and bias, side by side, after "
    f'<a href="{PAPER_URL}" target="_blank" rel="noopener">Shaw, Jackson &amp; Orchard 2020</a>, '
    "<i>Biological batch normalisation: How intrinsic plasticity improves learning in deep neural networks</i>."
)
"""HTML. What this is, the word spelled out, the paper named."""
LEAD = f'<p class="race-what">{WHAT}</p><div class="race-lead"></div>'
"""HTML. The same, and the room for what app/static/race/lead.js draws."""
