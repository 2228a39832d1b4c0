// Figures for a projector: the same figure, drawn for a small area, with every length in px as many times as large.

const LENGTHS = new Set([
  ...["width", "height", "size", "ticklen", "standoff", "thickness", "xpad", "ypad", "borderpad"],
  ...["outlinewidth", "linewidth", "xgap", "ygap", "xshift", "yshift"],
]);
const SIDES = new Set(["l", "r", "t", "b"]);
const IN_VALUES = new Set(["contours"]); // its "size" is no length

/** A figure {data, layout} that is `scale` times as large in both directions, with its letters and lines. */
export function enlarge(figure, scale) {
  return scale === 1 ? figure : enlarged(figure, scale);
}

function enlarged(value, scale, name = "") {
  if (IN_VALUES.has(name)) return value;
  if (Array.isArray(value)) {
    if (isParts(value[0])) return value.map((each) => enlarged(each, scale));
    return LENGTHS.has(name) ? value.map((each) => each * scale) : value; // numbers and texts of the data
  }
  if (isParts(value)) {
    const around = name === "margin" || name === "pad";
    const parts = Object.entries(value).map(([key, each]) => [
      key,
      around && SIDES.has(key) ? each * scale : enlarged(each, scale, key),
    ]);
    return Object.fromEntries(parts);
  }
  if (name === "dash" && typeof value === "string") {
    return value.replace(/[\d.]+(?=px)/g, (length) => String(length * scale));
  }
  return typeof value === "number" && LENGTHS.has(name) ? value * scale : value;
}

function isParts(value) {
  return Boolean(value) && typeof value === "object" && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
