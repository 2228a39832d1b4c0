// A panel for each method, on one colour scale: gradients over time, and decision surfaces.

import { atStep } from "../ui/curves.js";
import { part } from "../ui/frame.js";
import { multiples } from "../ui/panels.js";
import * as plot from "../ui/plot.js";
import { ofEach, percent } from "../ui/sentences.js";

// The ends of Cividis, which stays readable with any colour vision; each with a marker and an edge of its own.
const CLASSES = [
  { value: 0, symbol: "circle", color: "#00224e", edge: "#ffffff" },
  { value: 1, symbol: "square", color: "#fee838", edge: "#000000" },
];

export function gradientMap({ header, arrays }, look) {
  const [low, high] = header.decades.weight_gradient;
  const [, depth, columns] = arrays.gradient_map.shape;
  const { powers, ticktext } = plot.powers([low, high]);
  const x = Array.from({ length: columns }, (_, column) => ((column + 0.5) * header.horizon) / columns);
  const y = Array.from({ length: depth }, (_, layer) => layer + 1);
  const level = (cell) => (cell === 255 ? null : low + ((high - low) * cell) / 254);
  const figure = multiples(look, 120, { colorscale: "Viridis", cmin: low, cmax: high }, { tickvals: powers, ticktext });
  const steps = { range: [0, header.horizon], tickformat: ",d", tickmode: "array", showgrid: false };
  for (const { method, place, refs } of figure.panels) {
    const cells = part(arrays.gradient_map, method.index);
    const ticks = place.end ? [0, header.horizon / 2, header.horizon] : [0, header.horizon / 2];
    figure.panel(
      place,
      { ...steps, tickvals: ticks, title: place.last ? "step" : "" },
      plot.layerAxis(header, look, { title: place.first ? "hidden layer" : "", showgrid: false }),
    );
    figure.layout.shapes.push(...plot.moment(header, look, refs.xaxis, `${refs.yaxis} domain`));
    figure.data.push({
      type: "heatmap",
      x,
      y,
      z: rows(cells, depth, level),
      ...refs,
      coloraxis: "coloraxis",
      hoverongaps: false,
      hovertemplate: `${method.label}<br>step %{x:,.0f}, layer %{y}: 10^%{z:.1f}<extra></extra>`,
    });
  }
  return figure;
}

export function surface({ header, arrays }, look) {
  const [x0, x1, y0, y1] = header.extent;
  const side = arrays.surface?.shape[1] ?? 0;
  const along = (low, high) => Array.from({ length: side }, (_, cell) => low + ((high - low) * (cell + 0.5)) / side);
  const figure = multiples(
    look,
    150,
    { colorscale: "Cividis", cmin: 0, cmax: 1 },
    { tickvals: [0, 0.5, 1], tickformat: ".0%", title: { text: "class 1", side: "top" } },
  );
  const plane = { showgrid: false, nticks: 5, constrain: "domain" };
  for (const { method, place, refs } of figure.panels) {
    figure.panel(
      place,
      { ...plane, range: [x0, x1] },
      plot.axis(look, { ...plane, range: [y0, y1], scaleanchor: refs.xaxis }),
    );
    if (!side) continue;
    const z = rows(part(arrays.surface, method.index), side, (percent) => percent / 100);
    const hovertemplate = "%{z:.0%}<extra></extra>";
    figure.data.push({
      type: "heatmap",
      x: along(x0, x1),
      y: along(y0, y1),
      z,
      ...refs,
      coloraxis: "coloraxis",
      hovertemplate,
    });
    figure.data.push(...CLASSES.map((group) => ({ ...dots(arrays.points, group), ...refs })));
  }
  return figure;
}

/** The sentence of the decision surfaces: how much of the plane each network gives to class 1. */
export function saidOfSurface({ header, arrays }, { methods }) {
  const shares = ofEach(methods, ({ index }) => {
    const cells = arrays.surface?.shape[1] ? part(arrays.surface, index) : null;
    return cells && percent(cells.reduce((sum, cell) => sum + cell, 0) / cells.length / 100);
  });
  return `${atStep(header)}, share of the plane that is class 1: ${shares}`;
}

function rows(cells, count, value) {
  const wide = cells.length / count;
  return Array.from({ length: count }, (_, row) => Array.from(cells.subarray(row * wide, (row + 1) * wide), value));
}

function dots({ values, shape }, { value, symbol, color, edge }) {
  const mine = Array.from({ length: shape[0] }, (_, dot) => 3 * dot).filter((at) => values[at + 2] === value);
  return {
    x: mine.map((at) => values[at]),
    y: mine.map((at) => values[at + 1]),
    mode: "markers",
    hoverinfo: "skip",
    marker: { symbol, color, size: 5, line: { color: edge, width: 0.8 } },
  };
}
