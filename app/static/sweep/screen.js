// The screen of a sweep: a legend, the choice of a point, and cards.

import { make } from "../ui/elements.js";
import { Screen } from "../ui/screen.js";
import { Walk } from "../ui/walk.js";
import { CHARTS, pointAt } from "./charts.js";
import { Picker } from "./picker.js";

/** Draws the results of a sweep, and the learning curves of the point that is picked. */
export class SweepScreen extends Screen {
  constructor(root, plotly) {
    super(root, plotly, CHARTS);
    root.classList.add("sweep");
    this.picker = new Picker(
      (point) => this.pick(point),
      () => this.schedule(),
    );
    this.walk = new Walk((by) => this.step(by));
    const [lines, map, ...curves] = this.cards.map((card) => card.element);
    const results = make("div", { className: "sweep-results" }, lines, map);
    const beside = make("div", { className: "sweep-beside" }, this.picker.element, ...curves);
    this.fill(
      make("div", { className: "live-second" }, this.legend.element, this.picker.theory),
      make("div", { className: "sweep-grid" }, results, beside),
    );
  }

  get controls() {
    return [...super.controls, this.picker.element, this.picker.theory];
  }

  /** Where the presenter mode has time, a sweep has its points, one after another. */
  get time() {
    return {
      toggle: () => this.walk.toggle(),
      move: (by) => this.step(by),
      state: () => ({ playing: this.walk.playing, share: null, text: this.named() }),
    };
  }

  /** The point whose learning curves are shown, in words. */
  named() {
    const { over, picked } = this.frame?.header ?? { over: [] };
    const many = over[1]?.texts.length ?? 1;
    const places = [Math.floor(picked / many), picked % many];
    return over.map(({ label, texts }, axis) => `${label} ${texts[places[axis]]}`).join(", ");
  }

  /** Picks the point that is so many on; returns whether there is one. */
  step(by) {
    const { over, picked } = this.frame.header;
    const point = picked + by;
    const inside = point >= 0 && point < over.reduce((product, { places }) => product * places.length, 1);
    if (inside) this.pick(point);
    return inside;
  }

  take({ header }) {
    this.legend.receive({ ...header, diverged: [] });
    this.picker.receive(header);
    this.tellBlank({ blank: "Press Start", refused: "" }[header.state] ?? null);
  }

  draw() {
    this.frame.header.share = this.picker.share;
    super.draw();
  }

  drawn({ newest, done, picked }) {
    Object.assign(this.root.dataset, { drawn: newest, done, picked }); // tests wait for it
  }

  clicked(event) {
    this.pick(pointAt(this.frame.header, event));
  }

  /** Requests the learning curves of a point; null for the best point, whichever it is; undefined changes nothing. */
  pick(point) {
    if (point === undefined) return;
    const picked = point === null ? null : { run: this.frame.header.run, point };
    this.feed?.see({ run: null, point: null, ...picked });
    this.set("picked", picked); // for the file of the curves, too
  }
}
