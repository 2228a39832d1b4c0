// Accuracy over two settings: a map for each method on one colour scale, the edge of what can be trained, and theory.

import { part } from "../ui/frame.js";
import { multiples } from "../ui/panels.js";
import * as plot from "../ui/plot.js";
import { percent, ticks } from "./lines.js";

/** Which of the two settings runs to the right: the first, but depth always goes up. */
export function across(over) {
  return over[0].name === "depth" ? 1 : 0;
}

export function map({ header, arrays }, look) {
  const { over, chance, edge, theory, picked } = header;
  const line = theory?.lines.find(({ share }) => share === header.share);
  const axis = across(over);
  const [right, up] = [over[axis], over[1 - axis]];
  const second = over[1].places.length;
  const index = (row, column) => (axis === 0 ? column * second + row : row * second + column);
  const figure = multiples(
    look,
    150,
    { colorscale: "Viridis", cmin: chance.accuracy, cmax: 1 },
    { tickformat: ".0%", title: { text: "correct", side: "top" } },
  );
  const ranges = [edges(right.places), edges(up.places)];
  const here =
    axis === 0 ? [Math.floor(picked / second), picked % second] : [picked % second, Math.floor(picked / second)];
  for (const { method, place, refs } of figure.panels) {
    const mean = plot.known(part(arrays.band, method.index, 0));
    const z = up.places.map((_, row) => right.places.map((__, column) => mean[index(row, column)]));
    const width = (place.x[1] - place.x[0]) * (look.width - 134);
    figure.panel(
      place,
      {
        range: ranges[0],
        showgrid: false,
        title: place.last ? right.label : "",
        ...ticks(right.places, right.texts, width),
      },
      plot.axis(look, {
        range: ranges[1],
        showgrid: false,
        title: place.first ? up.label : "",
        tickmode: "array",
        tickvals: up.places,
        ticktext: up.texts,
      }),
    );
    const at = up.texts.map((y) => right.texts.map((x) => `${right.label} ${x}, ${up.label} ${y}`));
    figure.data.push({
      type: "heatmap",
      x: right.places,
      y: up.places,
      z,
      text: at,
      ...refs,
      coloraxis: "coloraxis",
      hoverongaps: false,
      hovertemplate: `${method.label}<br>%{text}: %{z:.1%}<extra></extra>`,
      xgap: 1,
      ygap: 1,
    });
    if (edge !== null && right.places.length > 1 && up.places.length > 1) {
      for (const [color, size] of [
        ["#000000", 4.5],
        ["#ffffff", 2],
      ]) {
        figure.data.push(contour(right.places, up.places, z, edge, { color, width: size }, refs));
      }
    }
    if (line && theory.method === method.name) figure.data.push(...predicted(line, refs, ranges));
    figure.layout.shapes.push(...frames(ranges, [right.places, up.places], here, refs));
  }
  figure.layout.clickanywhere = true;
  figure.layout.dragmode = false;
  figure.layout.hovermode = "closest"; // also for a finger, whose tap is a click
  return figure;
}

function contour(x, y, z, level, line, refs) {
  return {
    type: "contour",
    x,
    y,
    z,
    ...refs,
    autocontour: false,
    contours: { start: level, end: level, size: 1, coloring: "none", showlabels: false },
    line: { ...line, smoothing: 0 },
    showscale: false,
    hoverinfo: "skip",
    connectgaps: false,
  };
}

/** Theory's line, grey on a dark ground so that it differs from the edge. Depth goes up, weight scale to the right. */
function predicted({ share, places, depths }, refs, [, [low, high]]) {
  const inside = depths.map((depth) => (depth === null || depth > high + 1 || depth < low - 1 ? null : depth));
  const trace = { x: places, y: inside, ...refs, mode: "lines" };
  const text = `theory: ${percent(share)} of the signal left<extra></extra>`;
  return [
    { ...trace, line: { color: "#000000", width: 5, dash: "solid" }, opacity: 0.55, hoverinfo: "skip" },
    { ...trace, line: { color: "#d6dbe1", width: 2.5, dash: "7px,5px" }, hovertemplate: text },
  ];
}

/** Outer edges of cells around places: half-way to the neighbour. */
function edges(places) {
  const half = (a, b) => (b === undefined ? 0.5 : Math.abs(b - a) / 2);
  return [places[0] - half(places[0], places[1]), places.at(-1) + half(places.at(-1), places.at(-2))];
}

/** A frame around the cell whose learning curves are shown: black in white, where the edge is white in black. */
function frames(ranges, places, here, refs) {
  const side = (axis) => {
    const all = places[axis];
    const at = here[axis];
    return [
      at === 0 ? ranges[axis][0] : (all[at - 1] + all[at]) / 2,
      at === all.length - 1 ? ranges[axis][1] : (all[at] + all[at + 1]) / 2,
    ];
  };
  const [[x0, x1], [y0, y1]] = [side(0), side(1)];
  const rectangle = { type: "rect", xref: refs.xaxis, yref: refs.yaxis, x0, x1, y0, y1 };
  return [
    ["#ffffff", 5],
    ["#000000", 2],
  ].map(([color, width]) => ({ ...rectangle, line: { color, width } }));
}
