// Accuracy against one setting: a line and a band for each method, single seeds as dots, and networks still in training.

import { part } from "../ui/frame.js";
import * as plot from "../ui/plot.js";
import { faded } from "../ui/theme.js";

export function lines({ header, arrays }, look) {
  const [{ label, places, texts }] = header.over;
  const data = [];
  for (const method of look.methods) {
    const [mean, low, high] = [0, 1, 2].map((row) => plot.known(part(arrays.band, method.index, row)));
    data.push(...bands(places, low, high, method));
    data.push(
      dots(part(arrays.newest, method.index), places, {
        symbol: `${method.symbol}-open`,
        size: 8,
        color: method.color,
        opacity: 0.45,
      }),
    );
    if (header.seeds > 1) {
      data.push(
        dots(part(arrays.seeds, method.index), places, {
          symbol: "circle",
          size: 5,
          color: method.color,
          opacity: 0.5,
        }),
      );
    }
    const spans = low.map((bottom, at) => (bottom === null ? "" : ` (${percent(bottom)} to ${percent(high[at])})`));
    data.push({
      x: places,
      y: mean,
      name: method.label,
      mode: "lines+markers",
      line: plot.stroke(method),
      marker: { color: method.color, symbol: method.symbol, size: 9 },
      customdata: spans,
      hovertemplate: "%{y:.1%}%{customdata}",
      cliponaxis: false,
    });
  }
  const range = ends(places, 0.03);
  const between = (places[0] + (places[1] ?? places[0])) / 2; // clear of the marks
  const guessing = {
    x: between,
    y: header.chance.accuracy,
    text: "guessing",
    color: look.theme.grey,
    place: "bottom center",
  };
  data.push(plot.words([guessing], [0, 1.02], look));
  return {
    data,
    layout: plot.layout(look, {
      margin: { ...plot.MARGIN, r: 16 },
      clickanywhere: true,
      dragmode: false,
      hovermode: "x unified",
      xaxis: plot.axis(look, { range, title: label, ...ticks(places, texts, look.width - 80) }),
      yaxis: plot.axis(look, {
        range: [0, 1.02],
        title: "share correct",
        tickformat: ".0%",
        dtick: 0.2,
        hoverformat: ".1%",
      }),
      shapes: [
        plot.level(look, header.chance.accuracy),
        plot.upright(places[header.picked], { color: look.theme.line, width: 1.5 }),
      ],
    }),
  };
}

/** The ends of an axis with all places and some room, a `share` of its length, on both sides. */
export function ends(places, share) {
  const room = share * (places.at(-1) - places[0] || 1);
  return [places[0] - room, places.at(-1) + room];
}

/** Tick marks at the values; if they are too close, some have no text. */
export function ticks(places, texts, width) {
  const widest = Math.max(...texts.map((text) => text.length)) * 8 + 10;
  const [low, high] = [places[0], places.at(-1)];
  let right = -Infinity;
  const named = places.map((place) => {
    const at = high > low ? (width * (place - low)) / (high - low) : 0;
    const fits = at - right >= widest;
    if (fits) right = at;
    return fits;
  });
  return { tickmode: "array", tickvals: places, ticktext: texts.map((text, index) => (named[index] ? text : "")) };
}

/** Bands over runs of neighbouring points that have one: a point not done yet leaves a gap. */
function bands(places, low, high, method) {
  const runs = [[]];
  for (let at = 0; at < places.length; at += 1) {
    if (low[at] === null) runs.push([]);
    else runs.at(-1).push(at);
  }
  return runs
    .filter((run) => run.length)
    .map((run) => {
      const back = run.slice().reverse();
      return {
        x: [...run, ...back].map((at) => places[at]),
        y: [...run.map((at) => low[at]), ...back.map((at) => high[at])],
        mode: "lines",
        line: { width: run.length > 1 ? 0 : 5, color: faded(method.color, 0.3) },
        fill: "toself",
        fillcolor: faded(method.color, 0.16),
        hoverinfo: "skip",
      };
    });
}

function dots(values, places, { opacity, ...marker }) {
  return {
    x: Array.from(values, (_, at) => places[at % places.length]),
    y: plot.known(values),
    mode: "markers",
    marker: { ...marker, line: { width: marker.symbol.endsWith("-open") ? 1.5 : 0, color: marker.color } },
    opacity,
    hoverinfo: "skip",
    cliponaxis: false,
  };
}

export function percent(share) {
  return `${(100 * share).toFixed(0)}%`;
}
