// Small multiples: a panel for each method, on one colour scale.

import * as plot from "./plot.js";

const MARGIN = { l: plot.MARGIN.l, r: 76, t: 26, b: plot.MARGIN.b };
const GAP = [20, 56]; // px between panels

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
