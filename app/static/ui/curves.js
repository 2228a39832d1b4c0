// Loss and accuracy over steps: lines with bands, chance, marks, divergences, the moment and the values at it.

import { part } from "./frame.js";
import * as plot from "./plot.js";
import { faded } from "./theme.js";

const ROW = 17; // px across a row of the name of a mark
const VALUE = 52; // px that a value takes beside a curve

/** The parts of the header that the curves depend on: when one of them changes, they are drawn anew. */
export function uses({ horizon, asked, step, marks, diverged, chance }) {
  return [horizon, asked === null ? null : step, marks, diverged, chance];
}

export function loss(frame, look) {
  const range = [0, lossTop(frame)];
  return curves(frame, look, "loss", (value) => value.toPrecision(3), {
    range,
    title: "cross-entropy (nats)",
    hoverformat: ".3g",
  });
}

export function accuracy(frame, look) {
  return curves(frame, look, "accuracy", (value) => `${(100 * value).toFixed(1)}%`, {
    range: [0, 1.02],
    title: "share correct",
    tickformat: ".0%",
    dtick: 0.2,
    hoverformat: ".1%",
  });
}

/** Top of the loss axis: some room above guessing, and more where the curves need it, up to three times its loss. */
function lossTop({ header, arrays }) {
  const highest = arrays.loss.values.reduce((top, value) => Math.max(top, Number.isNaN(value) ? 0 : value), 0);
  return Math.min(Math.max(1.2 * header.chance.loss, 1.05 * highest), 3 * header.chance.loss);
}

function curves(frame, look, name, words, yaxis) {
  const { header, arrays } = frame;
  const steps = Array.from(arrays[`${name}_steps`].values);
  const banded = arrays[name].shape[1] === 3;
  const data = [];
  const ends = [];
  for (const method of look.methods) {
    const mean = plot.known(part(arrays[name], method.index, 0));
    if (banded) {
      data.push(band(steps, part(arrays[name], method.index, 1), part(arrays[name], method.index, 2), method));
    }
    data.push({
      x: steps,
      y: mean,
      name: method.label,
      mode: steps.length > 1 ? "lines" : "markers",
      line: plot.stroke(method),
      marker: { color: method.color, symbol: method.symbol, size: 8 },
      cliponaxis: steps.length > 1,
    });
    const end = valueAt(header.asked === null ? Infinity : header.step, steps, mean);
    if (end) ends.push({ ...end, text: words(end.y), color: method.color });
    data.push(...divergences(header, method, steps, mean));
  }
  const chance = header.chance[name];
  // Beside the dotted line, on the side where curves rarely are.
  const place = name === "loss" ? "top right" : "bottom right";
  ends.push({ x: 0, y: chance, text: " guessing", color: look.theme.grey, place });
  data.push(plot.words(ends, look.zoom ?? yaxis.range, look));
  return {
    data,
    layout: plot.layout(look, {
      hovermode: look.touch ? false : "x unified",
      xaxis: plot.axis(look, {
        range: [0, header.horizon],
        title: "step",
        tickformat: ",d",
        nticks: 6,
        hoverformat: ",d",
      }),
      yaxis: plot.axis(look, yaxis),
      shapes: [plot.level(look, chance), ...marks(header, look), ...plot.moment(header, look)],
      annotations: markNames(header, look),
    }),
  };
}

/** The band between two curves as one outline, there and back again: half the traces of two lines and a fill. */
function band(steps, low, high, method) {
  const inside = steps.map((_, at) => at).filter((at) => Number.isFinite(low[at]));
  const around = [...inside, ...inside.slice().reverse()];
  return {
    x: around.map((at) => steps[at]),
    y: around.map((at, place) => (place < inside.length ? low : high)[at]),
    mode: "lines",
    line: { width: 0 },
    fill: "toself",
    fillcolor: faded(method.color, 0.18),
    hoverinfo: "skip",
  };
}

/** The last point of a curve up to a step that has a value. */
function valueAt(step, steps, mean) {
  for (let at = steps.length - 1; at >= 0; at -= 1) {
    if (steps[at] <= step && mean[at] !== null) return { x: steps[at], y: mean[at] };
  }
  return null;
}

/** Crosses where replicas of a method diverged. */
function divergences(header, method, steps, mean) {
  const mine = header.diverged.filter(([, name]) => name === method.name);
  if (!mine.length) return [];
  return [
    {
      x: mine.map(([step]) => step),
      y: mine.map(([step]) => valueAt(step, steps, mean)?.y ?? null),
      mode: "markers",
      cliponaxis: false,
      marker: { symbol: "x-thin", size: 11, line: { width: 3, color: method.color } },
      text: mine.map(([, , seed]) => `${method.label}, seed ${seed}: diverged here`),
      hovertemplate: "%{text}<extra></extra>",
    },
  ];
}

function marks(header, look) {
  return header.marks.map(([step]) => plot.upright(step, { color: look.theme.line, width: 1.5 }));
}

/**
 * The names of the marks, written upwards along their lines. Names that would overlap are merged: they stand left of the
 * first of their lines, in a row for each setting, with its last value. Names that would cover the values at the chosen
 * moment are left out.
 */
function markNames(header, look) {
  const pixel = header.horizon / Math.max(1, look.width - plot.MARGIN.l - plot.MARGIN.r);
  const row = ROW * pixel;
  const onLeft = ({ first, values }) => first > row * values.size; // else there is no room: right of the last line
  const from = (group) => group.first - (onLeft(group) ? row * group.values.size : 0);
  const to = (group) => group.last + (onLeft(group) ? 0 : row * group.values.size);
  const groups = [];
  for (const [step, setting, value] of header.marks) {
    let group = { first: step, last: step, values: new Map([[setting, value]]) };
    while (groups.length && from(group) < to(groups.at(-1))) {
      const before = groups.pop();
      group = { first: before.first, last: group.last, values: new Map([...before.values, ...group.values]) };
    }
    groups.push(group);
  }
  const clear = (group) => to(group) <= header.step || from(group) >= header.step + VALUE * pixel;
  const seen = header.asked === null ? groups : groups.filter(clear);
  return seen.map((group) => {
    const { first, last, values } = group;
    const room = onLeft(group);
    return {
      x: room ? first : last,
      yref: "paper",
      y: 1,
      text: Array.from(values, ([setting, value]) => `${setting} ${value}`).join("<br>"),
      align: "right",
      textangle: -90,
      showarrow: false,
      xanchor: room ? "right" : "left",
      yanchor: "top",
      font: { size: plot.SMALL, color: look.theme.text },
      bgcolor: faded(look.theme.background, 0.75),
      borderpad: 1,
    };
  });
}
