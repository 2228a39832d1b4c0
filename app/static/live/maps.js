// Small multiples, a panel for each method on one colour scale: gradients over time, and decision surfaces.

const version = new URL(import.meta.url).search;
const { part } = await import("./frame.js" + version);
const plot = await import("./plot.js" + version);

const MARGIN = { l: plot.MARGIN.l, r: 76, t: 26, b: plot.MARGIN.b };
const GAP = [20, 56]; // px between panels
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

/** A figure with a panel for each method, still empty, and one colour bar. */
export function multiples(look, least, scale, bar) {
  const text = { size: plot.SIZE, color: look.theme.text };
  const places = grid(look, look.methods.length, least);
  const layout = plot.layout(look, { margin: MARGIN, annotations: [], shapes: [] });
  const colorbar = {
    thickness: 14,
    outlinewidth: 0,
    x: 1,
    xpad: 16, // clear of the last mark of the axis of steps
    tickfont: text,
    ...bar,
    title: { font: text, ...bar.title },
  };
  layout.coloraxis = { ...scale, colorbar };
  const panels = look.methods.map((method, index) => {
    const place = places[index];
    layout.annotations.push({
      xref: "paper",
      yref: "paper",
      x: (place.x[0] + place.x[1]) / 2,
      y: place.y[1],
      xanchor: "center",
      yanchor: "bottom",
      showarrow: false,
      text: `<b>${method.label}</b>`,
      font: { size: plot.SIZE, color: method.color },
    });
    return { method, place, refs: { xaxis: `x${place.suffix}`, yaxis: `y${place.suffix}` } };
  });
  const panel = (place, xaxis, yaxis) => {
    layout[`xaxis${place.suffix}`] = plot.axis(look, { domain: place.x, anchor: `y${place.suffix}`, ...xaxis });
    layout[`yaxis${place.suffix}`] = {
      domain: place.y,
      anchor: `x${place.suffix}`,
      ...yaxis,
      showticklabels: place.first,
    };
  };
  return { data: [], layout, panels, panel };
}

/** Places of `count` panels: one row, or two where a panel would be narrower than `least` px. */
function grid(look, count, least) {
  const inner = [look.width - MARGIN.l - MARGIN.r, look.height - MARGIN.t - MARGIN.b];
  const columns = Math.max(1, count * least <= inner[0] ? count : Math.ceil(count / 2));
  const lines = Math.max(1, Math.ceil(count / columns));
  const gap = GAP.map((pixels, axis) => pixels / inner[axis]);
  const size = [columns, lines].map((number, axis) => (1 - gap[axis] * (number - 1)) / number);
  return Array.from({ length: count }, (_, index) => {
    const column = index % columns;
    const line = Math.floor(index / columns);
    const left = column * (size[0] + gap[0]);
    const top = 1 - line * (size[1] + gap[1]);
    return {
      x: [left, Math.min(1, left + size[0])],
      y: [Math.max(0, top - size[1]), top],
      suffix: index ? String(index + 1) : "",
      first: column === 0,
      end: column === columns - 1 || index === count - 1,
      last: index + columns >= count,
    };
  });
}
