// A frame at one moment of its animation: what lies between two moments of the server is interpolated.

export const GAIN = 0;
export const BIAS = 1;

export class Moment {
  /** @param place number of the moment, with a fraction. @param moving whether another follows at once. */
  constructor(frame, place, moving) {
    const { header, arrays } = frame;
    const count = arrays.steps.shape[0];
    const inside = Math.min(Math.max(place - header.first, 0), count - 1);
    this.arrays = arrays;
    this.index = Math.floor(inside);
    this.fraction = inside - this.index;
    this.inside = inside;
    this.step = this.stepAt(inside);
    // Charts are drawn again when this changes.
    this.header = {
      ...header,
      moment: `${header.run} ${header.revision} ${place.toFixed(3)} ${header.last} ${moving}`,
      moving,
    };
  }

  stepAt(inside) {
    const { values } = this.arrays.steps;
    const index = Math.floor(inside);
    const next = values[Math.min(index + 1, values.length - 1)];
    return values[index] + (inside - index) * (next - values[index]);
  }

  /** A quantity now: of array "now" or "rest". */
  value(name, method, quantity) {
    const { values, shape } = this.arrays[name];
    const at = (index) => values[(index * shape[1] + method) * shape[2] + quantity];
    if (!this.fraction) return at(this.index);
    return (1 - this.fraction) * at(this.index) + this.fraction * at(this.index + 1);
  }

  /** Whether a rule's gain went below 0 on the course shown: 0 no, 1 yes, 2 it stays there. */
  overshot(method) {
    const { values, shape } = this.arrays.overshot;
    return values[this.index * shape[1] + method];
  }

  /** Where the axis of time begins and ends, in updates. */
  span() {
    const { first, window, stride } = this.header;
    const number = first + this.inside;
    const part = window / 4; // when it is full, the axis moves on by a quarter: it is drawn seldom
    const left = Math.max(first, Math.ceil((number - window) / part) * part, 0);
    const back = number - left;
    return [this.stepAt(Math.max(0, left - first)), Math.round(this.step + (window - back) * stride)];
  }

  /** The course of a quantity up to now: {x: updates, y: values}. */
  course(name, method, quantity, change = (value) => value) {
    const { values, shape } = this.arrays[name];
    const steps = this.arrays.steps.values;
    const first = Math.max(0, Math.floor(this.inside - this.header.window));
    const x = [];
    const y = [];
    for (let index = first; index <= this.index; index += 1) {
      x.push(steps[index]);
      y.push(change(values[(index * shape[1] + method) * shape[2] + quantity]));
    }
    if (this.fraction) {
      x.push(this.step);
      y.push(change(this.value(name, method, quantity)));
    }
    return { x, y };
  }

  /** The mean course of a quantity, before and after now: {x: updates, y: values}; empty once the input has drifted. */
  mean(method, quantity) {
    const { values, shape } = this.arrays.mean;
    const x = Array.from(this.arrays.mean_steps.values);
    return { x, y: x.map((_, index) => values[(index * shape[1] + method) * shape[2] + quantity]) };
  }

  /** Shift and stretch of the input now. */
  move() {
    const { values } = this.arrays.moves;
    const next = Math.min(this.index + 1, values.length / 2 - 1);
    return [0, 1].map(
      (at) => (1 - this.fraction) * values[2 * this.index + at] + this.fraction * values[2 * next + at],
    );
  }

  /** Probability of each bin of a rule's output now. */
  bins(method) {
    const { values, shape } = this.arrays.bins;
    const [count, methods, size] = shape;
    const inside = Math.min(Math.max(this.inside - (this.arrays.steps.shape[0] - count), 0), count - 1);
    const index = Math.floor(inside);
    const fraction = inside - index;
    const row = (at) => (Math.min(at, count - 1) * methods + method) * size;
    return Array.from(
      { length: size },
      (_, bin) => (1 - fraction) * values[row(index) + bin] + fraction * values[row(index + 1) + bin],
    );
  }
}
