// Stands in for Plotly while a picture moves: axes stay as Plotly drew them, and the traces of the same figure are
// painted on a canvas over them, which takes a tenth of the time. At rest Plotly draws them, with hovering and zoom.
// It knows the traces of this page: lines, areas, markers and words on linear axes.

import { painted } from "../ui/canvas.js";
import { make } from "../ui/elements.js";
import { SYMBOLS } from "../ui/symbols.js";
import { write } from "../ui/writing.js";

export class Painter {
  constructor(plotly) {
    this.plotly = plotly;
    this.moving = false;
    this.drawn = new WeakMap(); // element -> what Plotly drew, and the canvas over it
  }

  /** As Plotly.react. */
  react(plot, data, layout, config) {
    const key = JSON.stringify([layout, this.moving]);
    let drawn = this.drawn.get(plot);
    if (!this.moving || drawn?.key !== key) {
      const traces = this.moving
        ? data
            .filter(({ yaxis }) => yaxis)
            .slice(0, 1)
            .map(empty)
        : data;
      this.plotly.react(plot, this.moving ? [empty({}), ...traces] : data, layout, config);
    }
    if (!drawn) {
      drawn = { canvas: make("canvas", { className: "neuron-canvas" }) };
      plot.append(drawn.canvas);
      this.drawn.set(plot, drawn);
    }
    drawn.key = key;
    drawn.canvas.hidden = !this.moving;
    if (this.moving) painted(drawn.canvas, layout, 1, (pen) => paint(pen, plot, data, layout));
  }

  /** As Plotly.newPlot: what was drawn before goes first. */
  newPlot(plot, data, layout, config) {
    if (this.drawn.has(plot)) {
      this.purge(plot);
      this.drawn.get(plot).canvas.remove();
      this.drawn.delete(plot);
    }
    this.react(plot, data, layout, config);
  }

  toImage(figure, form) {
    return this.plotly.toImage(figure, form);
  }

  purge(plot) {
    this.plotly.purge(plot);
  }
}

function empty({ yaxis }) {
  return { x: [null], y: [null], yaxis: yaxis ?? "y", mode: "lines", hoverinfo: "skip" };
}

function paint(pen, plot, data, layout) {
  const { width, height, margin } = layout;
  pen.lineJoin = "round";
  const [inner, outer] = [width - margin.l - margin.r, height - margin.t - margin.b];
  const scale = (axis, start, length) => {
    const [low, high] = plot.layout[axis]?.range ?? layout[axis].range; // as the visitor zoomed it
    return (value) => start + (length * (value - low)) / (high - low);
  };
  const x = scale("xaxis", margin.l, inner);
  for (const trace of data) {
    const y = scale(trace.yaxis === "y2" ? "yaxis2" : "yaxis", margin.t + outer, -outer);
    pen.save();
    if (trace.mode !== "text") {
      pen.beginPath();
      pen.rect(margin.l, margin.t - 1, inner + 1, outer + 2);
      pen.clip();
    }
    if (trace.mode === "lines") lines(pen, trace, x, y);
    else if (trace.mode === "markers") markers(pen, trace, x, y);
    else words(pen, trace, x, y, layout);
    pen.restore();
  }
}

function lines(pen, { x: xs, y: ys, line, fill, fillcolor }, x, y) {
  pen.beginPath();
  let up = true; // the pen is off the paper
  for (let at = 0; at < xs.length; at += 1) {
    if (xs[at] === null || !Number.isFinite(ys[at])) {
      up = true;
    } else if (up) {
      pen.moveTo(x(xs[at]), y(ys[at]));
      up = false;
    } else if (line.shape === "hvh") {
      const middle = x((xs[at - 1] + xs[at]) / 2);
      pen.lineTo(middle, y(ys[at - 1]));
      pen.lineTo(middle, y(ys[at]));
      pen.lineTo(x(xs[at]), y(ys[at]));
    } else {
      pen.lineTo(x(xs[at]), y(ys[at]));
    }
  }
  Object.assign(pen, { strokeStyle: line.color, lineWidth: line.width });
  pen.setLineDash(!line.dash || line.dash === "solid" ? [] : line.dash.split(",").map(parseFloat));
  pen.stroke();
  if (!fill) return;
  pen.lineTo(x(xs.at(-1)), y(0));
  pen.lineTo(x(xs[0]), y(0));
  pen.fillStyle = fillcolor;
  pen.fill();
}

function markers(pen, { x: xs, y: ys, marker }, x, y) {
  xs.forEach((value, at) => {
    pen.setTransform(pen.getTransform().translate(x(value), y(ys[at])));
    pen.beginPath();
    SYMBOLS[marker.symbol.replace("-open", "")](pen, marker.size / 2);
    pen.fillStyle = marker.color;
    if (!marker.symbol.endsWith("-open")) pen.fill();
    Object.assign(pen, { strokeStyle: marker.line.color, lineWidth: marker.line.width });
    if (marker.line.width) pen.stroke();
  });
}

function words(pen, { x: xs, y: ys, text, textfont }, x, y, { font, hoverlabel }) {
  const { family } = font;
  xs.forEach((value, at) => {
    const look = { family, size: textfont.size[at], color: textfont.color[at], halo: hoverlabel.bgcolor };
    write(pen, text[at], { x: x(value), y: y(ys[at]), ...look });
  });
}
