// The input's density with each rule's tanh over it, and the densities of the outputs.

import * as plot from "../ui/plot.js";
import { faded } from "../ui/theme.js";
import { BIAS, GAIN } from "./moment.js";

const POINTS = 121;
const TOP = 1.6; // of the output's density; a peak at a saturated end goes beyond

export function densities(moment, look) {
  const { ends } = moment.header;
  const { input, density } = moment.arrays;
  const [shift, stretch] = moment.move();
  const [low, high] = ends.input;
  const x = Array.from({ length: POINTS }, (_, at) => low + ((high - low) * at) / (POINTS - 1));
  const area = {
    x: Array.from(input.values, (value) => shift + stretch * value),
    y: Array.from(density.values, (value) => value / stretch),
    name: "input",
    mode: "lines",
    line: { color: faded(look.theme.text, 0.45), width: 1 },
    fill: "tozeroy",
    fillcolor: faded(look.theme.text, 0.13),
    hovertemplate: "density %{y:.3g}<extra></extra>",
  };
  const curves = look.methods.map((method) => {
    const [gain, bias] = [GAIN, BIAS].map((quantity) => moment.value("now", method.index, quantity));
    return {
      x,
      y: x.map((value) => Math.tanh(gain * value + bias)),
      yaxis: "y2",
      name: method.label,
      mode: "lines",
      line: plot.stroke(method),
      hovertemplate: "%{y:.3f}",
    };
  });
  return {
    data: [area, ...curves],
    layout: plot.layout(look, {
      xaxis: plot.axis(look, { range: ends.input, title: "input x", nticks: marks(ends.input, look) }),
      yaxis: plot.axis(look, { range: ends.density, title: "density of x", nticks: 6, showgrid: false }),
      yaxis2: plot.axis(look, {
        range: [-1.05, 1.05],
        title: "output y",
        dtick: 0.5,
        overlaying: "y",
        side: "right",
      }),
    }),
  };
}

/** How many marks an axis has room for: numbers far from 0 are long. */
function marks(ends, look) {
  const digits = Math.max(...ends.map((end) => String(Math.round(end)).length));
  return Math.min(7, Math.floor((look.width - plot.MARGIN.l - plot.MARGIN.r) / (0.65 * plot.SIZE * digits + 12)));
}

export function outputs(moment, look) {
  const data = look.methods.map((method) => {
    const shares = moment.bins(method.index);
    return {
      x: shares.map((_, bin) => (2 * (bin + 0.5)) / shares.length - 1),
      y: shares.map((share) => (share * shares.length) / 2),
      name: method.label,
      mode: "lines",
      line: { ...plot.stroke(method), shape: "hvh" },
      hovertemplate: "%{y:.3f}",
    };
  });
  const grey = { color: look.theme.grey, width: 2.5, dash: "8px,4px" };
  return {
    data,
    layout: plot.layout(look, {
      margin: { ...plot.MARGIN, r: 20 },
      xaxis: plot.axis(look, { range: [-1.02, 1.02], title: "output y", dtick: 0.5 }),
      yaxis: plot.axis(look, { range: [0, TOP], title: "density of y", dtick: 0.5 }),
      shapes: [{ type: "line", x0: -1, x1: 1, y0: 0.5, y1: 0.5, line: grey, layer: "below" }],
    }),
  };
}
