// A figure painted on a canvas as Plotly would draw it, in a tenth of the time: while Plotly has not loaded, and while a
// run goes on. It knows what the charts of a race ask for (plot.js, panels.js): lines, areas, markers, words and heat maps,
// on linear and logarithmic axes, with straight lines, notes and a colour bar. It has no hovering and no zoom.

import { axesOf, drawAxes, drawGrid } from "./axes.js";
import { painted } from "./canvas.js";
import { drawBar, heatmap } from "./heatmap.js";
import { SYMBOLS } from "./symbols.js";
import { write } from "./writing.js";

/** Paints a figure {data, layout} on a canvas, `scale` times as large, in place of what was there. */
export function sketch(canvas, { data, layout }, scale = 1) {
  painted(canvas, layout, scale, (pen) => paint(pen, data, layout));
}

function paint(pen, data, layout) {
  const { font } = layout;
  const axes = axesOf(layout);
  const partner = ({ letter, spec }) => axes[spec.anchor ?? (letter === "x" ? "y" : "x")];
  const all = Object.values(axes);
  const panel = (trace) => ({ x: axes[trace.xaxis ?? "x"], y: axes[trace.yaxis ?? "y"] });
  drawGrid(pen, all, partner);
  for (const trace of data) if (trace.type === "heatmap") heatmap(pen, trace, panel(trace), layout.coloraxis);
  for (const trace of data) if (trace.type !== "heatmap") scatter(pen, trace, panel(trace), layout);
  drawAxes(pen, all, partner, { family: font.family, color: font.color });
  for (const shape of layout.shapes ?? []) straight(pen, shape, axes, layout);
  for (const note of layout.annotations ?? []) noted(pen, note, axes, layout);
  if (layout.coloraxis) drawBar(pen, layout);
}

function scatter(pen, trace, panel, layout) {
  const { mode = "lines", fill } = trace;
  pen.save();
  clip(pen, panel, fill || mode.includes("lines"));
  if (fill) area(pen, trace, panel);
  if (mode.includes("lines") && trace.line?.width !== 0) {
    outline(pen, trace, panel);
    stroke(pen, trace.line);
  }
  pen.restore();
  pen.save();
  clip(pen, panel, trace.cliponaxis !== false);
  if (mode.includes("markers")) markers(pen, trace, panel);
  if (mode.includes("text")) words(pen, trace, panel, layout);
  pen.restore();
}

function clip(pen, { x, y }, does) {
  if (!does) return;
  pen.beginPath();
  pen.rect(x.start, y.start + y.length, x.length, -y.length);
  pen.clip();
}

function stroke(pen, { color, width, dash }) {
  Object.assign(pen, { strokeStyle: color, lineWidth: width ?? 2, lineJoin: "round" });
  pen.setLineDash(!dash || dash === "solid" ? [] : dash.split(",").map(parseFloat));
  pen.stroke();
}

/** Adds a curve to the path; nothing is drawn between two points if one between them is missing. */
function outline(pen, { x: xs, y: ys, line }, { x, y }) {
  pen.beginPath();
  let before = null;
  for (let at = 0; at < xs.length; at += 1) {
    const point = ys[at] === null ? null : [x.at(xs[at]), y.at(ys[at])];
    if (point && !before) pen.moveTo(...point);
    else if (point && line.shape === "hvh") {
      const middle = (before[0] + point[0]) / 2;
      pen.lineTo(middle, before[1]);
      pen.lineTo(middle, point[1]);
      pen.lineTo(...point);
    } else if (point) pen.lineTo(...point);
    before = point;
  }
}

function area(pen, trace, { x, y }) {
  if (!trace.x.length) return;
  outline(pen, trace, { x, y });
  if (trace.fill === "tozeroy") {
    pen.lineTo(x.at(trace.x.at(-1)), y.at(0));
    pen.lineTo(x.at(trace.x[0]), y.at(0));
  }
  pen.closePath();
  pen.fillStyle = trace.fillcolor;
  pen.fill();
}

function markers(pen, { x: xs, y: ys, marker }, { x, y }) {
  const { symbol = "circle", size = 6, color, line } = marker;
  pen.setLineDash([]);
  Object.assign(pen, { fillStyle: color ?? "transparent", strokeStyle: line?.color, lineWidth: line?.width ?? 0 });
  xs.forEach((value, at) => {
    if (ys[at] === null) return;
    pen.save();
    pen.translate(x.at(value), y.at(ys[at]));
    pen.beginPath();
    SYMBOLS[symbol](pen, size / 2);
    if (color) pen.fill();
    if (line?.width) pen.stroke();
    pen.restore();
  });
}

const BESIDE = { left: "right", center: "center", right: "left" }; // words to the right of a point begin there
const ABOVE = { top: "bottom", middle: "middle", bottom: "top" };

function words(pen, { x: xs, y: ys, text, textposition, textfont }, { x, y }, { font, hoverlabel }) {
  xs.forEach((value, at) => {
    const [along, across] = textposition[at].split(" ");
    const spot = { x: x.at(value), y: y.at(ys[at]), across: BESIDE[across], along: ABOVE[along] };
    const look = { family: font.family, size: textfont.size[at], color: textfont.color[at], halo: hoverlabel.bgcolor };
    write(pen, text[at], { ...spot, ...look });
  });
}

/** The place of a coordinate in px; its reference is an axis ("x2"), its whole length ("y domain"), or "paper". */
function place(value, reference, axes, { width, height, margin }) {
  const [name, kind] = reference.split(" ");
  if (name !== "paper") return kind ? axes[name].start + value * axes[name].length : axes[name].at(value);
  return {
    x: margin.l + value * (width - margin.l - margin.r),
    y: height - margin.b - value * (height - margin.t - margin.b),
  };
}

function straight(pen, { xref = "x", yref = "y", x0, x1, y0, y1, line }, axes, layout) {
  const at = (value, reference, letter) => {
    const found = place(value, reference, axes, layout);
    return typeof found === "number" ? found : found[letter];
  };
  pen.save();
  pen.beginPath();
  pen.moveTo(at(x0, xref, "x"), at(y0, yref, "y"));
  pen.lineTo(at(x1, xref, "x"), at(y1, yref, "y"));
  stroke(pen, line);
  pen.restore();
}

function noted(pen, note, axes, layout) {
  const { xref = "x", yref = "y", xanchor: across = "center", yanchor: along = "middle", text, font } = note;
  const at = (value, reference, letter) => {
    const found = place(value, reference, axes, layout);
    return typeof found === "number" ? found : found[letter];
  };
  const upward = note.textangle === -90;
  const spot = {
    x: at(note.x, xref, "x"),
    y: at(note.y, yref, "y"),
    upward,
    align: note.align,
    background: note.bgcolor,
  };
  // Words that run upwards begin at the bottom of their place, and their first line is on its left.
  const turned = upward
    ? {
        across: { top: "right", middle: "center", bottom: "left" }[along],
        along: { left: "top", center: "middle", right: "bottom" }[across],
      }
    : { across, along };
  write(pen, text, { ...spot, ...turned, family: layout.font.family, ...font });
}
