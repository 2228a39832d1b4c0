// Heat maps and their colour bar on a canvas.

import { make } from "./elements.js";
import { write } from "./writing.js";

// As Plotly has them, evenly spaced.
const SCALES = {
  Viridis:
    "440154 48186a 472d7b 424086 3b528b 33638d 2c728e 26828e 21918c 1fa088 28ae80 3fbc73 5ec962 84d44b addc30 d8e219 fde725",
  Cividis:
    "00204c 002a66 00346e 273f6c 3c4a6b 4c556b 5b5f6d 686a70 757575 838178 928c78 a19876 b0a572 c0b16d d1bf66 e1cc5c f3db4f ffe945",
};
const SHADES = 256;
const tables = new Map();

/** Red, green and blue of each of 256 shades of a scale. */
function shades(name) {
  if (!tables.has(name)) {
    const ends = SCALES[name].split(" ").map((hex) => [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16)));
    const table = Array.from({ length: SHADES }, (_, shade) => {
      const along = (shade / (SHADES - 1)) * (ends.length - 1);
      const index = Math.min(Math.floor(along), ends.length - 2);
      return ends[index].map((value, channel) => value + (along - index) * (ends[index + 1][channel] - value));
    });
    tables.set(name, table);
  }
  return tables.get(name);
}

/** Paints the cells of a trace into its panel {x, y}; the centres of the cells are evenly spaced. */
export function heatmap(pen, { x: xs, y: ys, z }, { x, y }, { colorscale, cmin, cmax }) {
  if (!xs.length) return;
  const table = shades(colorscale);
  const image = new ImageData(xs.length, ys.length);
  z.forEach((row, line) => {
    row.forEach((value, column) => {
      if (value === null) return;
      const along = Math.min(1, Math.max(0, (value - cmin) / (cmax - cmin)));
      const at = 4 * ((ys.length - 1 - line) * xs.length + column); // the first row is at the bottom
      image.data.set(table[Math.round(along * (SHADES - 1))], at);
      image.data[at + 3] = 255;
    });
  });
  const small = make("canvas", { width: xs.length, height: ys.length });
  small.getContext("2d").putImageData(image, 0, 0);
  const half = [xs, ys].map((all) => (all.length > 1 ? (all[1] - all[0]) / 2 : 0.5));
  const [left, right] = [x.at(xs[0] - half[0]), x.at(xs.at(-1) + half[0])];
  const [bottom, top] = [y.at(ys[0] - half[1]), y.at(ys.at(-1) + half[1])];
  pen.save();
  pen.beginPath();
  pen.rect(x.start, y.start + y.length, x.length, -y.length);
  pen.clip();
  pen.imageSmoothingEnabled = false;
  pen.drawImage(small, left, top, right - left, bottom - top);
  pen.restore();
}

/** Draws the bar that says what the colours mean, at the right of the panels. */
export function drawBar(pen, { width, height, margin, font, coloraxis }) {
  const { colorbar, colorscale, cmin, cmax } = coloraxis;
  const left = width - margin.r + colorbar.xpad;
  const title = colorbar.title?.text;
  const [top, bottom] = [margin.t + 10, height - margin.b - 10];
  const look = { family: font.family, ...colorbar.tickfont };
  const head = title ? 1.55 * look.size : 0;
  if (title) write(pen, title, { x: left, y: top, along: "top", ...look });
  const table = shades(colorscale);
  const paint = pen.createLinearGradient(0, bottom, 0, top + head);
  table.forEach((color, shade) => {
    paint.addColorStop(shade / (SHADES - 1), `rgb(${color.map(Math.round).join()})`);
  });
  pen.fillStyle = paint;
  pen.fillRect(left, top + head, colorbar.thickness, bottom - top - head);
  colorbar.tickvals.forEach((value, index) => {
    const y = bottom - ((value - cmin) / (cmax - cmin)) * (bottom - top - head);
    const text = colorbar.ticktext?.[index] ?? `${Math.round(100 * value)}%`;
    write(pen, text, { x: left + colorbar.thickness + 2, y, ...look });
  });
}
