// Words on a canvas, with the few marks of HTML that charts use: <b>, <sup> and <br>.

const LINE = 1.3; // the height of a line, in sizes of its letters
const RAISED = { size: 12 / 13, by: 0.4 }; // a power, in sizes of the letters beside it
const HALO = 2; // px
// Letters beside letters, in all directions, are a halo. To stroke their outlines takes a browser fifty times as long.
const AROUND = Array.from({ length: 8 }, (_, at) => [Math.cos, Math.sin].map((of) => HALO * of((at * Math.PI) / 4)));
const KNOWN = 2000; // widths that are kept
const widths = new Map(); // "font text" -> px
const spelled = new Map(); // a font -> how the browser spells it

/**
 * Writes words at a place; returns the width and height of their box.
 *
 * @param put {x, y}: the place; across ("left", "center", "right") and along ("top", "middle", "bottom"): which part of
 *   the box is there; size, family, color; upward: whether the words run upwards (across and along then speak of the box
 *   as it is read); halo: a colour around the letters; background: a colour behind them; align: of several lines.
 */
export function write(pen, text, put) {
  const { size, family, color, across = "left", along = "middle" } = put;
  const lines = String(text)
    .split("<br>")
    .map((line) => pieces(line));
  const font = ({ bold, raised }) => `${bold ? 700 : 400} ${raised ? RAISED.size * size : size}px ${family}`;
  const lengths = lines.map((line) =>
    line.reduce((sum, piece) => {
      piece.width = widthOf(pen, piece.text, font(piece));
      return sum + piece.width;
    }, 0),
  );
  const [width, height] = [Math.max(...lengths), lines.length * LINE * size];
  const left = -width * { left: 0, center: 0.5, right: 1 }[across];
  const top = -height * { top: 0, middle: 0.5, bottom: 1 }[along];
  if (put.upward) {
    pen.save();
    pen.translate(put.x, put.y);
    pen.rotate(-Math.PI / 2);
  }
  // Only words that are turned need a place of their own: to go back from one makes the pen forget its font.
  const [x0, y0] = put.upward ? [left, top] : [put.x + left, put.y + top];
  if (put.background) {
    pen.fillStyle = put.background;
    pen.fillRect(x0 - 1, y0 - 1, width + 2, height + 2);
  }
  Object.assign(pen, { textBaseline: "alphabetic", textAlign: "left" });
  lines.forEach((line, row) => {
    let x = x0 + (width - lengths[row]) * { left: 0, center: 0.5, right: 1 }[put.align ?? "left"];
    const y = y0 + (row * LINE + 1) * size;
    for (const piece of line) {
      setFont(pen, font(piece));
      const raised = piece.raised ? RAISED.by * size : 0;
      if (put.halo) {
        pen.fillStyle = put.halo;
        for (const [right, down] of AROUND) pen.fillText(piece.text, x + right, y - raised + down);
      }
      pen.fillStyle = color;
      pen.fillText(piece.text, x, y - raised);
      x += piece.width;
    }
  });
  if (put.upward) pen.restore();
  return { width, height };
}

document.fonts.addEventListener("loadingdone", () => widths.clear()); // until then another font stood in its place

/** The width of a text in px. */
function widthOf(pen, text, font) {
  const key = `${font} ${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    setFont(pen, font);
    width = pen.measureText(text).width;
    if (widths.size >= KNOWN) widths.clear();
    widths.set(key, width);
  }
  return width;
}

function setFont(pen, font) {
  if (pen.font === spelled.get(font)) return;
  pen.font = font;
  spelled.set(font, pen.font);
}

function pieces(line) {
  let [bold, raised] = [false, false];
  const found = [];
  for (const part of line.split(/(<\/?(?:b|sup)>)/)) {
    if (part === "<b>" || part === "</b>") bold = part === "<b>";
    else if (part === "<sup>" || part === "</sup>") raised = part === "<sup>";
    else if (part) found.push({ text: part, bold, raised });
  }
  return found;
}
