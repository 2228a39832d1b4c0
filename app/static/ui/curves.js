// Loss and accuracy over steps: lines with bands, chance, marks, divergences, the moment and the values at it.

import { part } from "./frame.js";
import { number } from "./numbers.js";
import * as plot from "./plot.js";
import { ofEach, percent } from "./sentences.js";
import { faded } from "./theme.js";

const ROW = 16; // px of a row of the names of marks
const APART = 10; // px between two of them

/** The parts of the header that the curves depend on: when one of them changes, they are drawn anew. */
export function uses({ horizon, asked, step, marks, diverged, chance }) {
  return [horizon, asked === null ? null : step, marks, diverged, chance];
}

export function loss(frame, look) {
  const range = [0, lossTop(frame)];
  return curves(frame, look, "loss", (value) => number(value, 3, true), {
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

/** The sentence of the curves: where they are now. `place` says of which networks, if not of those at a step. */
export function said(name, place = atStep) {
  const words = name === "loss" ? (value) => number(value, 3) : percent;
  return ({ header, arrays }, { methods }) => {
    const steps = arrays[`${name}_steps`].values;
    const until = header.asked === null || header.asked === undefined ? Infinity : header.step;
    const now = ofEach(methods, ({ index }) => {
      const end = valueAt(until, steps, plot.known(part(arrays[name], index, 0)));
      return end && words(end.y);
    });
    return `${place(header, steps)}: ${now}`;
  };
}

/** "step 600" */
export function atStep({ asked, newest, step }) {
  return `step ${number(asked === null ? newest : step)}`;
}

/** The same for what is only measured in tests: it names the last one if that was before. */
export function atTest(header, steps) {
  const now = header.asked === null ? header.newest : header.step;
  const test = Array.from(steps).findLast((step) => step <= now) ?? now;
  return test === now ? atStep(header) : `${atStep(header)}, tested after ${number(test)}`;
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
  const ends = []; // values and "guessing": beside the axes, where there are no lines
  const right = look.zoom?.x[1] ?? header.horizon;
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
    if (end) ends.push({ x: right, y: end.y, text: words(end.y), color: method.color });
    data.push(...divergences(header, method, steps, mean));
  }
  const chance = header.chance[name];
  ends.push({ x: right, y: chance, text: "guessing", color: look.theme.grey, plain: true });
  const names = markNames(header, look);
  const top = plot.MARGIN.t + ROW * Math.max(0, ...names.map(({ rows }) => rows));
  data.push(plot.words(ends, look.zoom?.y ?? yaxis.range, { ...look, top }));
  return {
    data,
    layout: plot.layout(look, {
      margin: { ...plot.MARGIN, t: top },
      hovermode: look.touch ? false : "x unified",
      xaxis: plot.axis(look, {
        range: [0, header.horizon],
        title: "step",
        tickformat: ",d",
        hoverformat: ",d",
        ...plot.stepMarks(header.horizon, inner(look), Boolean(look.zoom)),
      }),
      yaxis: plot.axis(look, yaxis),
      shapes: [plot.level(look, chance), ...marks(header, look), ...plot.moment(header, look)],
      annotations: names.map(({ note }) => note),
    }),
  };
}

/** The width of the axes in px. */
function inner(look) {
  return Math.max(1, look.width - plot.MARGIN.l - plot.MARGIN.r);
}

/**
 * The band between two curves as one outline, there and back again: half the traces of two lines and a fill. The outline is
 * drawn, so that a single step that is unlike all others can be seen.
 */
function band(steps, low, high, method) {
  const inside = steps.map((_, at) => at).filter((at) => Number.isFinite(low[at]));
  const around = [...inside, ...inside.slice().reverse()];
  return {
    x: around.map((at) => steps[at]),
    y: around.map((at, place) => (place < inside.length ? low : high)[at]),
    mode: "lines",
    line: { width: 1, color: faded(method.color, 0.3) },
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
 * The names of the marks, above the axes, where no curve is: [{note, rows}]. Names that would overlap are merged: they
 * stand at the first of their lines, in a row for each setting, with its last value.
 */
function markNames(header, look) {
  const [from, to] = look.zoom?.x ?? [0, header.horizon];
  const pixel = (to - from) / inner(look);
  const lines = ({ values }) => Array.from(values, ([setting, value]) => `${setting} ${value}`);
  const width = (group) => pixel * Math.max(...lines(group).map((line) => plot.widthOf(line)));
  const onLeft = (group) => group.first + width(group) > to; // there is no room to the right of its line
  const left = (group) => group.first - (onLeft(group) ? width(group) : 0);
  const groups = [];
  for (const [step, setting, value] of header.marks.filter(([at]) => at >= from && at <= to)) {
    let group = { first: step, values: new Map([[setting, value]]) };
    while (groups.length && left(group) < left(groups.at(-1)) + width(groups.at(-1)) + APART * pixel) {
      const before = groups.pop();
      group = { first: before.first, values: new Map([...before.values, ...group.values]) };
    }
    groups.push(group);
  }
  return groups.map((group) => {
    const side = onLeft(group) ? "right" : "left";
    return {
      rows: group.values.size,
      note: {
        x: group.first,
        yref: "paper",
        y: 1,
        text: lines(group).join("<br>"),
        align: side,
        showarrow: false,
        xanchor: side,
        yanchor: "bottom",
        font: { size: plot.SMALL, color: look.theme.text },
        borderpad: 0,
      },
    };
  });
}
