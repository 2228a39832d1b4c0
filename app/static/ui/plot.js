// What all charts share: axes, layout, lines and labels in the theme of the page.

import { number } from "./numbers.js";

export const SIZE = 13; // px of text; readable on a projector
export const SMALL = 12;
const LETTER = 0.62; // the width of a digit, and rather more than that of a letter, in sizes of the text
export const MARGIN = { l: 58, r: 66, t: 10, b: 44 };
export const LEAST = { width: 200, height: 140 }; // px; less leaves nothing to draw in between the margins

export function axis(look, { title, ...more }) {
  const { text, grid, line } = look.theme;
  return {
    gridcolor: grid,
    linecolor: line,
    zeroline: false,
    showline: true,
    ticks: "outside",
    tickcolor: line,
    ticklen: 4,
    tickfont: { size: SIZE, color: text },
    tickangle: 0,
    ticklabeloverflow: "allow",
    automargin: false,
    autorange: false,
    exponentformat: "power",
    title: { text: title ?? "", standoff: 6, font: { size: SIZE, color: text } },
    ...more,
  };
}

/** The layout of a chart. Margins are fixed: if a colour bar moved them, Plotly would draw axes that it has not measured. */
export function layout(look, { margin = MARGIN, ...more }) {
  const { theme } = look;
  const font = { family: theme.font, size: SIZE, color: theme.text };
  return {
    width: look.width,
    height: look.height,
    autosize: false,
    margin: { ...margin, autoexpand: false },
    showlegend: false,
    uirevision: look.revision,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    hovermode: look.touch ? false : "closest",
    dragmode: look.touch ? false : "zoom",
    font,
    hoverlabel: { bgcolor: theme.background, bordercolor: theme.line, font },
    ...more,
  };
}

const BELOW = 22; // px from an axis to its name, with the numbers in between

/**
 * A layout that names its horizontal axes by words of its own: Plotly writes its names before it knows where a legend
 * below them goes, and so among the numbers.
 */
export function named(layout) {
  const made = { ...layout, annotations: [...(layout.annotations ?? [])] };
  for (const [name, part] of Object.entries(layout)) {
    const text = /^xaxis\d*$/.test(name) && (part.title?.text ?? part.title);
    if (typeof text !== "string" || !text) continue;
    made[name] = { ...part, title: { text: "" } };
    const place = { xref: `${name.replace("axis", "")} domain`, x: 0.5, xanchor: "center", yref: "paper", y: 0 };
    made.annotations.push({ text, ...place, yanchor: "top", yshift: -BELOW, showarrow: false });
  }
  return made;
}

const PLAIN = 3; // decades from 1 within which a power is written as a number

/** Marks of an axis at powers of ten, from one to another, at most `most` of them. */
export function powers([low, high], most = 7) {
  const stride = Math.max(1, Math.ceil((high - low) / (most - 1)));
  const all = Array.from({ length: Math.floor(high) - Math.ceil(low) + 1 }, (_, index) => Math.ceil(low) + index);
  const kept = all.filter((power) => (Math.floor(high) - power) % stride === 0);
  const short = kept.every((power) => Math.abs(power) <= PLAIN);
  const raised = (power) => `10<sup>${String(power).replace("-", "−")}</sup>`;
  return { powers: kept, ticktext: kept.map((power) => (short ? number(10 ** power, 1) : raised(power))) };
}

/** A logarithmic axis between two powers of ten. */
export function logarithmic(ends, room = 0) {
  const { powers: kept, ticktext } = powers(ends);
  return {
    type: "log",
    range: [ends[0] - room, ends[1] + room],
    tickmode: "array",
    tickvals: kept.map((power) => 10 ** power),
    ticktext,
  };
}

/** The numbers 1, 2 and 5 times powers of ten from one number to another, fewer where they would be many. */
export function oneTwoFive(low, high) {
  const powers = Array.from({ length: 12 }, (_, index) => index - 6);
  const digits = Math.log10(high / low) > 2.5 ? [1] : [1, 2, 5];
  const all = powers.flatMap((power) => digits.map((digit) => Number(`${digit}e${power}`)));
  return all.filter((value) => value >= low * 0.999 && value <= high * 1.001);
}

/**
 * The marks of an axis of steps from 0 on, as many as their labels leave room for; where someone has zoomed in, Plotly
 * chooses them.
 */
export function stepMarks(end, width, zoomed = false) {
  const room = LETTER * SIZE * number(Math.round(end)).length + SIZE; // px that a label takes with what is between two
  const most = Math.min(5, Math.max(1, Math.floor(width / room)));
  if (zoomed) return { nticks: most };
  const rough = Math.max(1, end / most);
  const base = 10 ** Math.floor(Math.log10(rough));
  return {
    tickmode: "linear",
    tick0: 0,
    dtick: base * [1, 2, 5, 10].find((digit) => rough <= digit * base * (1 + 1e-9)),
  };
}

export function layerAxis(header, look, more = {}) {
  const { depth } = header;
  const stride = depth <= 10 ? 1 : depth <= 25 ? 5 : 10;
  const ticks = Array.from({ length: depth }, (_, index) => index + 1).filter(
    (layer) => layer === 1 || layer % stride === 0,
  );
  return axis(look, {
    range: [0.5, depth + 0.5],
    title: "hidden layer (1: input side)",
    tickmode: "array",
    tickvals: ticks,
    hoverformat: "d",
    ...more,
  });
}

/** How a method's line is drawn. */
export function stroke(method, width = 2.5) {
  return { color: method.color, dash: method.dash, width };
}

/** Numbers for Plotly, with null for those that are not finite. */
export function known(values) {
  return Array.from(values, (value) => (Number.isFinite(value) ? value : null));
}

/** A grey dotted line across: theory, or chance. */
export function level(look, y) {
  return {
    type: "line",
    xref: "paper",
    x0: 0,
    x1: 1,
    y0: y,
    y1: y,
    line: { color: look.theme.grey, width: 1.5, dash: "1px,4px" },
  };
}

/** About how wide a text is, in px; more rather than less. */
export function widthOf(text, size = SMALL) {
  return 0.9 * text.length * size * LETTER;
}

/** A vertical line at a step. */
export function upright(step, line, xref = "x", yref = "y domain") {
  return { type: "line", xref, yref, x0: step, x1: step, y0: 0, y1: 1, line };
}

/** A line at the chosen moment; none while the newest is followed. */
export function moment(header, look, ...refs) {
  return header.asked === null ? [] : [upright(header.step, { color: look.theme.text, width: 1.5 }, ...refs)];
}

/**
 * Labels of points, as one trace: {x, y, text, color, place}. Labels without a place stand to the right of their points,
 * in bold but for those that are `plain`, and are moved apart until none covers another; plain ones are left out where
 * there is no room for all. (A trace is drawn faster than annotations.)
 */
export function words(points, [low, high], look) {
  const inner = look.height - (look.top ?? MARGIN.t) - MARGIN.b;
  const gap = SIZE + 4;
  const labels = points.filter((point) => !point.place);
  const beside = (labels.length * gap > inner ? labels.filter(({ plain }) => !plain) : labels)
    .map((point) => ({ ...point, at: (inner * (high - point.y)) / (high - low) }))
    .sort((a, b) => a.at - b.at);
  for (let round = 0; round < 20; round += 1) {
    for (let i = 1; i < beside.length; i += 1) {
      const lack = gap - (beside[i].at - beside[i - 1].at);
      if (lack <= 0) continue;
      beside[i - 1].at -= lack / 2;
      beside[i].at += lack / 2;
    }
  }
  beside.forEach((point, index) => {
    const [top, bottom] = [index * gap, inner - (beside.length - 1 - index) * gap];
    point.y = high - ((high - low) * Math.min(Math.max(point.at, top), bottom)) / inner;
  });
  const all = [...points.filter((point) => point.place), ...beside];
  return {
    x: all.map(({ x }) => x),
    y: all.map(({ y }) => y),
    text: all.map(({ text, place, plain }) => (place ? text : plain ? ` ${text}` : ` <b>${text}</b>`)),
    textposition: all.map(({ place }) => place ?? "middle right"),
    textfont: {
      size: all.map(({ place, plain }) => (place || plain ? SMALL : SIZE)),
      color: all.map(({ color }) => color),
    },
    mode: "text",
    hoverinfo: "skip",
    cliponaxis: false,
  };
}
