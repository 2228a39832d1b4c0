// Axes of a figure on a canvas, as Plotly draws them: its places, ticks and labels, for what plot.js asks of it.

import { number } from "./numbers.js";
import { write } from "./writing.js";

const LEAST_TICK = { x: 80, y: 40 }; // px between ticks, where nothing says how many there are

/** The axes of a figure: "x", "y", "x2", ... -> axis; an axis has letter, spec, start and length in px, at(value) and span. */
export function axesOf({ width, height, margin, ...layout }) {
  const inner = { x: [margin.l, width - margin.l - margin.r], y: [height - margin.b, margin.t + margin.b - height] };
  const axes = {};
  for (const [name, spec] of Object.entries(layout)) {
    const found = /^([xy])axis(\d*)$/.exec(name);
    if (!found) continue;
    const [start, length] = inner[found[1]];
    const [from, to] = spec.domain ?? [0, 1];
    axes[found[1] + found[2]] = new Axis(found[1], spec, start + from * length, (to - from) * length);
  }
  for (const axis of Object.values(axes)) {
    if (axis.spec.scaleanchor) alike(axis, axes[axis.spec.scaleanchor]);
  }
  return axes;
}

class Axis {
  constructor(letter, spec, start, length) {
    Object.assign(this, { letter, spec, start, length });
    [this.low, this.high] = spec.range;
    this.span = this.high - this.low;
  }

  /** The place of a value in px; of nothing, nothing. */
  at(value) {
    const along = this.spec.type === "log" ? Math.log10(value) : value;
    return this.start + (this.length * (along - this.low)) / this.span;
  }

  /** The values at which it has a tick, and their labels. */
  ticks() {
    const { spec } = this;
    if (spec.tickmode === "array") {
      const labels = spec.ticktext ?? spec.tickvals.map((value) => label(value, spec, 1));
      return spec.tickvals.map((value, index) => [value, labels[index]]).filter(([value]) => this.holds(value));
    }
    const step = spec.dtick ?? this.step();
    const first = Math.ceil(this.low / step - 1e-6);
    const count = Math.floor(this.high / step + 1e-6) - first + 1;
    return Array.from({ length: count }, (_, index) => (first + index) * step).map((value) => [
      value,
      label(value, spec, step),
    ]);
  }

  holds(value) {
    const place = this.at(value);
    const [one, other] = [this.start, this.start + this.length];
    return place >= Math.min(one, other) - 0.5 && place <= Math.max(one, other) + 0.5;
  }

  /** The distance of ticks that Plotly chooses. */
  step() {
    const room = Math.abs(this.length) / LEAST_TICK[this.letter];
    const rough = this.span / (this.spec.nticks ?? Math.min(9, Math.max(4, room)) + 1);
    const base = 10 ** Math.floor(Math.log10(rough));
    return base * [2, 5, 10].find((most) => rough <= most * base * (1 + 1e-9));
  }
}

/** Shortens one of two axes, so that a unit of one is as long as a unit of the other. */
function alike(one, other) {
  const unit = Math.min(...[one, other].map((axis) => Math.abs(axis.length) / axis.span));
  for (const axis of [one, other]) {
    const length = Math.sign(axis.length) * unit * axis.span;
    axis.start += (axis.length - length) / 2;
    axis.length = length;
  }
}

function label(value, { tickformat }, step) {
  if (tickformat === ",d") return Math.round(value).toLocaleString("en");
  if (tickformat === ".0%") return `${Math.round(100 * value)}%`;
  if (Math.abs(value) < 1e-6 * step) return "0";
  return number(value, Math.max(1, Math.floor(Math.log10(Math.abs(value))) - Math.floor(Math.log10(step) + 1e-9) + 2));
}

/** Draws grid lines, which lie under the curves. */
export function drawGrid(pen, axes, partner) {
  for (const axis of axes) {
    if (axis.spec.showgrid === false) continue;
    Object.assign(pen, { strokeStyle: axis.spec.gridcolor, lineWidth: 1 });
    pen.setLineDash([]);
    pen.beginPath();
    const other = partner(axis);
    for (const [value] of axis.ticks()) line(pen, axis, axis.at(value), other.start, other.start + other.length);
    pen.stroke();
  }
}

/** Draws the lines of the axes, ticks, labels and titles. */
export function drawAxes(pen, axes, partner, font) {
  for (const axis of axes) {
    const { spec, letter } = axis;
    const other = partner(axis);
    const outward = letter === "x" ? 1 : -1;
    Object.assign(pen, { lineWidth: 1 });
    pen.setLineDash([]);
    if (spec.linecolor) {
      pen.strokeStyle = spec.linecolor;
      pen.beginPath();
      line(pen, other, other.start, axis.start - (letter === "y" ? 0 : 1), axis.start + axis.length);
      pen.stroke();
    }
    if (spec.showticklabels === false) continue;
    let widest = 0;
    pen.beginPath();
    for (const [value, text] of axis.ticks()) {
      const place = axis.at(value);
      const edge = other.start + outward;
      line(pen, axis, place, edge, edge + 4 * outward);
      const put =
        letter === "x"
          ? { x: place, y: other.start + 7, across: "center", along: "top" }
          : { x: other.start - 8, y: place, across: "right", along: "middle" };
      widest = Math.max(widest, write(pen, text, { ...put, ...font, ...spec.tickfont }).width);
    }
    if (spec.tickcolor) pen.strokeStyle = spec.tickcolor;
    pen.stroke();
    const title = spec.title?.text ?? spec.title;
    if (!title) continue;
    const middle = axis.start + axis.length / 2;
    const put =
      letter === "x"
        ? { x: middle, y: other.start + 25, across: "center", along: "top" }
        : { x: Math.max(18, other.start - 16 - widest), y: middle, across: "center", along: "bottom", upward: true };
    write(pen, title, { ...put, ...font, ...spec.title.font });
  }
}

/** A line across an axis at a place along it, from one place of the other axis to another, sharp to the pixel. */
function line(pen, { letter }, place, from, to) {
  const sharp = Math.round(place - 0.5) + 0.5;
  pen.moveTo(...(letter === "x" ? [sharp, from] : [from, sharp]));
  pen.lineTo(...(letter === "x" ? [sharp, to] : [to, sharp]));
}
