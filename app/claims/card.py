"""The card of a claim, the tiles of all verdicts, and the tables of its numbers, as HTML. Pure.

All text comes escaped: results may be written by another program. Streamlit lets no SVG into HTML, so pictures are
images whose addresses hold them.
"""

from __future__ import annotations

from base64 import b64encode
from html import escape

from app.claims import picture as pictures
from app.claims import words
from ipcore.claims.claims import CLAIMS, Claim
from ipcore.claims.results import VERDICTS, Condition, Finding, Number, Picture, Result, Word

PAGES = {"": "./", "neuron": "neuron", "robustness": "robustness", "depth": "depth"}
"""The pages to which a number may lead -> their addresses."""
KEY = (
    'Each small disc is a place where the claim was tried: <i class="holds"></i> it holds there, '
    '<i class="holds-in-part"></i> in part, <i class="not-seen"></i> not.'
)
"""What the small discs of the tiles mean."""


def tiles(result: Result) -> str:
    """The verdicts at a glance: a tile for each claim."""
    items = "".join(_tile(*each) for each in result.findings.items())
    return f'<ul class="claim-tiles">{items}</ul><p class="claim-key">{KEY}</p>'


def _tile(name: str, finding: Finding) -> str:
    return (
        f'<li class="claim-tile"><b>{name}</b><span>{escape(CLAIMS[name].title)}</span>{verdict(finding.verdict)}'
        f"{places(finding)}</li>"
    )


def places(finding: Finding) -> str:
    """A disc for each place that decides: the full ones first, then the half and the empty ones."""
    found = sorted((each.verdict for each in finding.conditions if each.decides), key=VERDICTS.index)
    discs = "".join(f'<i class="{words.verdict_class(each)}"></i>' for each in found)
    count = f"Holds {finding.counted()}" if finding.counted() else "Not measured"
    return f'<span class="claim-places" role="img" title="{count}" aria-label="{count}">{discs}</span>'


def verdict(verdict: Word) -> str:
    """A verdict: a disc that is full, half or empty, and the words."""
    return f'<span class="claim-verdict {words.verdict_class(verdict)}"><i></i>{words.VERDICTS[verdict]}</span>'


def card(name: str, finding: Finding, dark: bool) -> str:
    """What a claim says, its verdict, its conditions and its picture.

    Args:
        name: the id of the claim.
        finding: what was found.
        dark: whether the page is dark.
    """
    claim = CLAIMS[name]
    title = f'<span class="claim-id">{name}</span><h2>{escape(claim.title)}</h2>{verdict(finding.verdict)}'
    text = f'<p class="claim-paper"><b>The paper\'s abstract, in our words:</b> {escape(claim.paper)}</p>'
    if count := finding.counted():
        text += f'<p class="claim-count">Holds {escape(count)}.</p>'
    text += f'<p class="claim-summary">{_text(finding.summary)}</p>'
    drawn = "" if finding.picture is None else figure(finding.picture, dark)
    places = conditions([each for each in finding.conditions if each.decides])
    body = f'<div class="claim-body"><div>{text}</div>{drawn}</div>'
    return f'<section class="claim-card"><header>{title}</header>{body}{places}</section>'


def _text(text: str) -> str:
    """A sentence with numbers, from a result."""
    return escape(words.typeset(text))


def conditions(found: list[Condition]) -> str:
    """What was found at each place, as a table."""
    rows = "".join(
        f'<tr><th scope="row">{_text(each.where)}</th><td>{verdict(each.verdict)}</td><td>{_text(each.words)}</td></tr>'
        for each in found
    )
    return f'<table class="claim-conditions"><tbody>{rows}</tbody></table>' if rows else ""


def figure(picture: Picture, dark: bool) -> str:
    """The picture of a claim with its title and legend."""
    drawn = pictures.draw(picture, dark)
    if not drawn:
        return ""
    legend = "".join(
        f"<li>{_swatch(method, dark) if method else ''}{escape(name)}</li>"
        for name, method in pictures.entries(picture)
    )
    panels = "".join(
        f"<div>{f'<b>{escape(each.title)}</b>' if each.title else ''}{_images(each, other)}</div>"
        for each, other in zip(drawn, pictures.draw(picture, dark, pictures.NARROW), strict=True)
    )
    intervals = any(each.low for each in picture.series)
    hint = f"{escape(picture.y)}{'; bars: 95 % intervals' if intervals else ''}"
    caption = f"<figcaption>{escape(picture.title)}<span>{hint}</span></figcaption>"
    legend = f"<ul>{legend}</ul>" if legend else ""
    return f'<figure class="claim-figure">{caption}{legend}<div class="claim-panels">{panels}</div></figure>'


def _images(wide: pictures.Drawn, narrow: pictures.Drawn) -> str:
    """A panel as an image; as two where a narrow window has another. The style sheet hides one of them."""
    if narrow.svg == wide.svg:
        return f'<img src="{wide.address}" alt="{escape(wide.words)}">'
    return "".join(
        f'<img class="{name}" src="{each.address}" alt="{escape(each.words)}">'
        for name, each in (("wide", wide), ("narrow", narrow))
    )


def _swatch(method: str, dark: bool) -> str:
    address = b64encode(pictures.swatch(method, dark).encode()).decode()
    return f'<img src="data:image/svg+xml;base64,{address}" alt="">'


def more(name: str, finding: Finding) -> str:
    """What is folded away: whose is what, what stands beside the claim, and every number with its interval."""
    beside = [each for each in finding.conditions if not each.decides]
    parts = [_folded("What is the paper's, what is ours", whose(CLAIMS[name]))]
    if beside:
        parts.append(
            _folded(f"Beside the claim: {len(beside)} more place{'' if len(beside) == 1 else 's'}", conditions(beside))
        )
    if finding.numbers:
        count = len(finding.numbers)
        parts.append(_folded(f"{'The number' if count == 1 else f'All {count} numbers'}", numbers(finding.numbers)))
    return f'<div class="claim-more">{"".join(parts)}</div>'


def whose(claim: Claim) -> str:
    """What the abstracts of paper and thesis say, what is ours, and what cannot be compared."""
    lines = {
        "The paper's abstract, in our words": claim.paper,
        "The thesis's abstract adds": claim.thesis or "Nothing on this.",
        "Ours": claim.ours,
        "Cannot be compared, as only the abstracts are held here": claim.cannot_compare,
    }
    return f"<dl>{''.join(f'<dt>{escape(name)}</dt><dd>{escape(text)}</dd>' for name, text in lines.items())}</dl>"


def numbers(found: list[Number]) -> str:
    """Numbers with their 95 % intervals, as a table; each leads to the page that shows it."""
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("what", "where", "mean [95 % interval]", "says", ""))
    rows = "".join(
        f"<tr><td>{_text(each.name)}</td><td>{escape(words.place(each.place))}</td>"
        f'<td class="number">{_text(words.number(each))}</td><td>{words.OUTCOMES[each.outcome]}</td>'
        f"<td>{_link(each)}</td></tr>"
        for each in found
    )
    return f'<table class="claim-numbers"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def _link(number: Number) -> str:
    if number.page not in PAGES or not number.query:
        return ""
    return f'<a href="{PAGES[number.page]}?{escape(number.query)}">settings</a>'


def _folded(title: str, content: str) -> str:
    return f"<details><summary>{escape(title)}</summary>{content}</details>"
