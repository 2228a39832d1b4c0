// Charts of one moment: numbers by layer, and histograms over the neurons of a layer.

import { atStep } from "../ui/curves.js";
import { part } from "../ui/frame.js";
import { number, numbers } from "../ui/numbers.js";
import * as plot from "../ui/plot.js";
import { ofEach, percent } from "../ui/sentences.js";
import { faded } from "../ui/theme.js";

const MARGIN = { ...plot.MARGIN, r: 20 };
const SHARES = [0, 0.01, 0.05, 0.2, 0.5, 1]; // named on the square-root axis

export const QUANTITIES = { weight_gradient: "mean |dL/dW|", error_signal: "RMS dL/dx" };

/** The checkbox that shows a quantity in theory. */
export const THEORY = { text: "Theory", title: "Untrained networks in theory: grey lines" };

export function gradient(frame, look) {
  const { decades } = frame.header;
  const figure = byLayer(frame, look, look.quantity, {
    ...plot.logarithmic(decades[look.quantity], 0.15),
    title: QUANTITIES[look.quantity],
  });
  if (look.switched && figure.data.length) {
    figure.data = [...theory(frame, look), ...figure.data];
  }
  return figure;
}

/** Grey lines below the measured ones, in the dash of their methods. */
function theory({ header, arrays }, look) {
  return look.methods.map((method) => ({
    x: Array.from({ length: header.depth }, (_, index) => index + 1),
    y: plot.known(part(arrays[`${look.quantity}_theory`], method.index)).map((value) => (value > 0 ? value : null)),
    name: `${method.label}, theory`,
    mode: "lines",
    line: { color: look.theme.grey, dash: method.dash, width: 1.5 },
    hovertemplate: "%{y:.3g}",
  }));
}

/** The slope dy/dx, on a logarithmic axis with a dotted line at 1, where a change of the input is passed on whole. */
export function response(frame, look) {
  const [low, high] = frame.header.response;
  const ticks = plot.oneTwoFive(low, high);
  const figure = byLayer(frame, look, "response", {
    type: "log",
    range: [Math.log10(low), Math.log10(high)],
    tickmode: "array",
    tickvals: ticks,
    ticktext: numbers(ticks),
    title: "mean dy/dx",
  });
  figure.layout.shapes = [plot.level(look, 1)];
  return figure;
}

/** The figure of a chart that shows one array of the frame by layer, on an axis that never moves. */
export function ofLayers(name, yaxis) {
  return (frame, look) => byLayer(frame, look, name, yaxis);
}

function byLayer({ header, arrays }, look, name, yaxis) {
  const layers = Array.from({ length: header.depth }, (_, index) => index + 1);
  const positive = (value) => (yaxis.type === "log" && !(value > 0) ? null : value);
  const data = !arrays[name]
    ? []
    : look.methods.map((method) => ({
        x: layers,
        y: plot.known(part(arrays[name], method.index)).map(positive),
        name: method.label,
        mode: "lines+markers",
        line: plot.stroke(method),
        marker: { color: method.color, symbol: method.symbol, size: header.depth > 25 ? 6 : 9 },
        cliponaxis: false,
        hovertemplate: "%{y:.3g}",
      }));
  return {
    data,
    layout: plot.layout(look, {
      margin: MARGIN,
      hovermode: look.touch ? false : "x unified",
      xaxis: plot.layerAxis(header, look),
      yaxis: plot.axis(look, yaxis),
    }),
  };
}

/** The sentence of a chart by layer: the numbers of the first layer and of the last. */
export function saidOfLayers(name) {
  return ({ header, arrays }, { methods }, quantity) => {
    const array = arrays[name ?? quantity];
    const ends = ofEach(methods, ({ index }) => {
      const values = array && part(array, index);
      return values && Number.isFinite(values[0]) ? `${number(values[0], 2)} to ${number(values.at(-1), 2)}` : null;
    });
    return `${atStep(header)}, from the first hidden layer to the last: ${ends}`;
  };
}

/** The sentence of a histogram: where most of it is. `value`: from a place along the bins, 0 to 1, to a value. */
export function saidOfBins(name, value) {
  return ({ header, arrays }, { methods }) => {
    const most = ofEach(methods, ({ index }) => {
      const shares = arrays[name] && part(arrays[name], index);
      if (!shares || !Number.isFinite(shares[0])) return null;
      const top = shares.indexOf(Math.max(...shares));
      return `${number(value((top + 0.5) / shares.length, header), 2)} (${percent(shares[top])})`;
    });
    return `${atStep(header)}, the most frequent value: ${most}`;
  };
}

/** From a place along the bins of gains or biases to a value. */
export const GAIN_AT = (at, { edges }) => 10 ** along(edges.gain, at);
export const BIAS_AT = (at, { edges }) => along(edges.bias, at);

function along([low, high], at) {
  return low + (high - low) * at;
}

export function gain(frame, look) {
  return ofNeurons(
    frame,
    look,
    "gain",
    { ...plot.logarithmic(frame.header.gain), title: "effective gain" },
    (at) => 10 ** at,
  );
}

export function bias(frame, look) {
  const { bias: bound } = frame.header;
  return ofNeurons(frame, look, "bias", { range: [-bound, bound], title: "effective bias" }, (at) => at);
}

/** Shares on a square-root axis, which shows a spike of 100 % and a tail of 0.1 % in one chart and never moves. */
function ofNeurons(frame, look, name, xaxis, value) {
  const [low, high] = frame.header.edges[name];
  const root = {
    range: [0, 1.02],
    tickmode: "array",
    tickvals: SHARES.map(Math.sqrt),
    ticktext: SHARES.map((share) => `${100 * share}%`),
  };
  return outlines(
    frame,
    look,
    name,
    xaxis,
    { ...root, title: "share of neurons" },
    (at) => value(low + (high - low) * at),
    Math.sqrt,
  );
}

export function activity(frame, look) {
  const even = 1 / (frame.arrays.activity?.shape[1] ?? 30);
  const xaxis = { range: [-1.02, 1.02], title: "output y of the neurons", dtick: 0.5 };
  const yaxis = { range: [0, 6 * even], tickformat: ".0%", title: "share of outputs" };
  const figure = outlines(
    frame,
    look,
    "activity",
    xaxis,
    yaxis,
    (at) => 2 * at - 1,
    (share) => share,
  );
  figure.layout.shapes = [plot.level(look, even)];
  return figure;
}

/** Outlines of shares over bins; `place`: from 0-1 along the bins to a value, `height`: from a share to the axis. */
function outlines({ arrays }, look, name, xaxis, yaxis, place, height) {
  const data = !arrays[name]
    ? []
    : look.methods.map((method) => {
        const shares = Array.from(part(arrays[name], method.index));
        return {
          x: shares.map((_, bin) => place((bin + 0.5) / shares.length)),
          y: shares.map(height),
          customdata: shares,
          name: method.label,
          mode: "lines",
          line: { ...plot.stroke(method, 2), shape: "hvh" },
          fill: "tozeroy",
          fillcolor: faded(method.color, 0.13),
          hovertemplate: "%{x:.3g}: %{customdata:.1%}",
        };
      });
  return {
    data,
    layout: plot.layout(look, { margin: MARGIN, xaxis: plot.axis(look, xaxis), yaxis: plot.axis(look, yaxis) }),
  };
}
