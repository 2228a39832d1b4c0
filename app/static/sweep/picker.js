// The choice of the point whose learning curves are shown: a list for each setting that varies, and a button for the best
// point. A mouse can also click on the chart. Beside it, the share of the signal that the line of theory is about.

import { make } from "../ui/elements.js";

export class Picker {
  /** @param pick function(point or null for the best). @param changed function(), called when the share has changed. */
  constructor(pick, changed) {
    Object.assign(this, { pick, lists: [], share: 0.01 });
    this.element = make("div", { className: "sweep-picker" });
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", "Point whose learning curves are shown");
    this.best = make("button", { className: "live-follow" }, "Best");
    this.best.title = "Follow the point with the best mean accuracy";
    this.best.onclick = () => pick(null);
    this.shares = make("select");
    this.shares.onchange = () => {
      this.share = Number(this.shares.value);
      changed();
    };
    this.theory = make("label", { className: "live-layer", hidden: true }, "Theory: signal down to ", this.shares);
  }

  receive({ run, over, picked, followed, theory }) {
    if (run !== this.run) this.fill(over);
    this.run = run;
    const places = over.length === 1 ? [picked] : [Math.floor(picked / this.second), picked % this.second];
    this.lists.forEach((list, axis) => {
      if (document.activeElement !== list || followed) list.value = places[axis];
    });
    this.best.setAttribute("aria-pressed", followed);
    this.theory.hidden = !theory;
    if (theory && !this.shares.options.length) {
      const shares = theory.lines.map(({ share }) => make("option", { value: share }, `${100 * share} %`));
      this.shares.replaceChildren(...shares);
      this.shares.value = this.share;
    }
  }

  fill(over) {
    this.second = over[1]?.texts.length ?? 1;
    this.lists = over.map(({ label, texts }) => {
      const list = make("select", {}, ...texts.map((text, value) => make("option", { value }, text)));
      list.setAttribute("aria-label", label);
      list.onchange = () => {
        const [first, second = 0] = this.lists.map((each) => Number(each.value));
        this.pick(first * this.second + second);
      };
      return list;
    });
    const named = over.map(({ label }, axis) =>
      make("label", {}, `${axis ? "and " : "At "}${label} `, this.lists[axis]),
    );
    this.element.replaceChildren(...named, this.best);
  }
}
