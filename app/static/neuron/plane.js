// The plane of gain and bias: one rule's vector field, equilibria, and the path of each rule.

import { part } from "../ui/frame.js";
import { number } from "../ui/numbers.js";
import * as plot from "../ui/plot.js";
import { faded } from "../ui/theme.js";
import { BIAS, GAIN } from "./moment.js";

const LENGTH = 0.075; // of the longest arrow, as a share of the axis of gain
const HEAD = 5; // px

/** Place of a gain on its axis, the logarithm to base 10. One that overshot has none: it stands at the low end. */
export function placeOf(gain, [low]) {
  return gain <= 0 ? low : Math.max(low, Math.log10(gain));
}

/** How the course of a rule is drawn that it would take without the noise of minibatches. */
export function faint(method) {
  return { ...plot.stroke(method, 1.5), color: faded(method.color, 0.6) };
}

/** What stands beside a gain that overshot. */
export const BELOW = "< 0";

/** An axis of the gain, whose coordinate is its logarithm to base 10. */
export function gainAxis(look, [low, high], more = {}) {
  const digits = high - low > 2.2 ? [1] : [1, 2, 5];
  const stride = Math.max(1, Math.ceil((high - low) / 5)); // decades from mark to mark
  const ticks = [];
  for (let power = Math.floor(low / stride) * stride; power <= high; power += stride) {
    for (const digit of digits) ticks.push(digit * 10 ** power);
  }
  const inside = ticks.filter((value) => Math.log10(value) >= low && Math.log10(value) <= high);
  return plot.axis(look, {
    range: [low, high],
    title: "gain",
    tickmode: "array",
    tickvals: inside.map(Math.log10),
    ticktext: inside.map((value) => number(value, 1)),
    ...more,
  });
}

export function plane(moment, look) {
  const { ends } = moment.header;
  const paths = look.methods.flatMap((method) => {
    const { y: customdata } = moment.course("now", method.index, GAIN);
    const { y: biases } = moment.course("now", method.index, BIAS);
    const gains = customdata.map((value) => placeOf(value, ends.gain));
    const words = `${method.label}: gain %{customdata:.4g}, bias %{y:.4g}<extra></extra>`;
    const line = { x: gains, y: biases, customdata, mode: "lines", line: plot.stroke(method), hovertemplate: words };
    const marker = {
      color: method.color,
      symbol: method.symbol,
      size: 13,
      line: { width: 1.5, color: look.theme.background },
    };
    const now = { x: gains.slice(-1), y: biases.slice(-1), customdata: customdata.slice(-1) };
    const mean = {
      x: moment.mean(method.index, GAIN).y.map((value) => placeOf(value, ends.gain)),
      y: moment.mean(method.index, BIAS).y,
      mode: "lines",
      line: faint(method),
      hoverinfo: "skip",
    };
    return [mean, line, { ...now, mode: "markers", marker, hovertemplate: words }];
  });
  const above = (15 * (ends.bias[1] - ends.bias[0])) / look.height; // so that no path runs through the words
  const below = look.methods
    .filter((method) => moment.value("now", method.index, GAIN) <= 0)
    .map(({ index, color }) => ({ x: ends.gain[0], y: moment.value("now", index, BIAS) + above, text: BELOW, color }));
  return {
    data: [field(moment, look), ...rests(moment, look), ...paths, plot.words(below, ends.bias, look)],
    layout: plot.layout(look, {
      margin: { ...plot.MARGIN, r: 20 },
      xaxis: gainAxis(look, ends.gain, { showgrid: false }),
      yaxis: plot.axis(look, { range: ends.bias, title: "bias", nticks: 7, showgrid: false }),
    }),
  };
}

/** Where theory says that the rules on screen rest: one mark for all that share a rest. */
function rests(moment, look) {
  return restsShown(moment, look).map(({ index, symbol, label }) => ({
    x: [Math.log10(moment.value("rest", index, GAIN))],
    y: [moment.value("rest", index, BIAS)],
    mode: "markers",
    marker: {
      symbol,
      size: 15,
      color: look.theme.grey,
      line: { width: symbol === "x" ? 0 : 3, color: look.theme.grey },
    },
    hovertemplate: `${label} at rest<extra></extra>`,
  }));
}

/** The rests of the rules on screen: what the header says of each, and the index of a rule that has it. */
export function restsShown({ header }, look) {
  const shown = header.rests.map((rest) => ({
    ...rest,
    method: look.methods.find(({ name }) => rest.of.includes(name)),
  }));
  return shown.filter(({ method }) => method).map((rest) => ({ ...rest, index: rest.method.index }));
}

/** Arrows as one line with gaps. Their heads have one size on screen, so they are worked out in pixels. */
function field({ header, arrays }, look) {
  const { ends, fields } = header;
  const values = part(
    arrays.field,
    fields.findIndex(({ name }) => name === look.quantity),
  );
  const [, rows, columns] = arrays.field.shape;
  const width = look.width - plot.MARGIN.l - 20;
  const height = look.height - plot.MARGIN.t - plot.MARGIN.b;
  const x = [];
  const y = [];
  const place = (right, up) => {
    x.push(ends.gain[0] + ((ends.gain[1] - ends.gain[0]) * right) / width);
    y.push(ends.bias[0] + ((ends.bias[1] - ends.bias[0]) * up) / height);
  };
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const at = 2 * (row * columns + column);
      const [across, along] = [values[at] * width * LENGTH, values[at + 1] * width * LENGTH * (height / width)];
      const length = Math.hypot(across, along);
      if (length < 1) continue;
      const [left, base] = [((column + 0.5) * width) / columns - across / 2, ((row + 0.5) * height) / rows - along / 2];
      const [tipX, tipY] = [left + across, base + along];
      const [ux, uy] = [across / length, along / length];
      const head = Math.min(HEAD, length * 0.6);
      place(left, base);
      place(tipX, tipY);
      place(tipX - head * (ux + 0.5 * uy), tipY - head * (uy - 0.5 * ux));
      place(tipX, tipY);
      place(tipX - head * (ux - 0.5 * uy), tipY - head * (uy + 0.5 * ux));
      x.push(null);
      y.push(null);
    }
  }
  return { x, y, mode: "lines", line: { color: faded(look.theme.text, 0.35), width: 1.2 }, hoverinfo: "skip" };
}
