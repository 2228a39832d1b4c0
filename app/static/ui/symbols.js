// The symbols of markers, for what is painted on a canvas.

/** The name of a symbol, as Plotly spells it -> function(pen, radius), which draws its outline around 0, 0. */
export const SYMBOLS = {
  circle: (pen, r) => pen.arc(0, 0, r, 0, 2 * Math.PI),
  square: (pen, r) => pen.rect(-r, -r, 2 * r, 2 * r),
  diamond: (pen, r) => polygon(pen, 4, 1.3 * r),
  "triangle-up": (pen, r) => polygon(pen, 3, 1.15 * r),
  "triangle-down": (pen, r) => polygon(pen, 3, -1.15 * r),
  pentagon: (pen, r) => polygon(pen, 5, 1.1 * r),
  hexagon: (pen, r) => polygon(pen, 6, 1.1 * r),
  cross: (pen, r) => {
    pen.rect(-r, -r / 3, 2 * r, (2 * r) / 3);
    pen.rect(-r / 3, -r, (2 * r) / 3, 2 * r);
  },
  star: (pen, r) => polygon(pen, 5, 1.4 * r, 0.55 * r),
  bowtie: (pen, r) => corners(pen, [-r, -r], [r, r], [r, -r], [-r, r]),
  hourglass: (pen, r) => corners(pen, [-r, -r], [r, -r], [-r, r], [r, r]),
  "star-diamond": (pen, r) => polygon(pen, 4, 1.4 * r, 0.5 * r),
  "x-thin": (pen, r) => {
    for (const side of [-1, 1]) {
      pen.moveTo(-r, -side * r);
      pen.lineTo(r, side * r);
    }
  },
  x: (pen, r) => {
    const [near, far] = [0.45 * r, r];
    const quarter = [
      [0, -near],
      [far - near, -far],
      [far, near - far],
    ];
    for (let turn = 0; turn < 4; turn += 1) {
      for (const [right, down] of quarter) pen.lineTo(...turned(right, down, turn));
    }
    pen.closePath();
  },
};

function turned(right, down, quarters) {
  return quarters === 0 ? [right, down] : turned(-down, right, quarters - 1);
}

/** A regular polygon; with an inner radius, a star. */
function polygon(pen, count, radius, inner = 0) {
  const steps = inner ? 2 * count : count;
  for (let step = 0; step < steps; step += 1) {
    const angle = (2 * Math.PI * step) / steps;
    const distance = inner && step % 2 ? inner : radius;
    pen.lineTo(distance * Math.sin(angle), -distance * Math.cos(angle));
  }
  pen.closePath();
}

function corners(pen, ...points) {
  for (const point of points) pen.lineTo(...point);
  pen.closePath();
}
