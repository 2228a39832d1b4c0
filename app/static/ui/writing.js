// Words on a canvas, with the few marks of HTML that charts use: <b>, <sup> and <br>.

const LINE = 1.3; // the height of a line, in sizes of its letters
const RAISED = { size: 0.7, by: 0.5 }; // a power, in sizes of the letters beside it

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
  const widths = lines.map((line) =>
    line.reduce((sum, piece) => {
      pen.font = font(piece);
      piece.width = pen.measureText(piece.text).width;
      return sum + piece.width;
    }, 0),
  );
  const [width, height] = [Math.max(...widths), lines.length * LINE * size];
  pen.save();
  pen.translate(put.x, put.y);
  if (put.upward) pen.rotate(-Math.PI / 2);
  const left = -width * { left: 0, center: 0.5, right: 1 }[across];
  const top = -height * { top: 0, middle: 0.5, bottom: 1 }[along];
  if (put.background) {
    pen.fillStyle = put.background;
    pen.fillRect(left - 1, top - 1, width + 2, height + 2);
  }
  Object.assign(pen, { textBaseline: "alphabetic", textAlign: "left", fillStyle: color, lineJoin: "round" });
  lines.forEach((line, row) => {
    let x = left + (width - widths[row]) * { left: 0, center: 0.5, right: 1 }[put.align ?? "left"];
    const y = top + (row * LINE + 1) * size;
    for (const piece of line) {
      pen.font = font(piece);
      const raised = piece.raised ? RAISED.by * size : 0;
      if (put.halo) {
        Object.assign(pen, { strokeStyle: put.halo, lineWidth: 4 });
        pen.setLineDash([]);
        pen.strokeText(piece.text, x, y - raised);
      }
      pen.fillText(piece.text, x, y - raised);
      x += piece.width;
    }
  });
  pen.restore();
  return { width, height };
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
