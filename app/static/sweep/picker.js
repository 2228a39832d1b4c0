// Which point's learning curves are shown: a list for each setting that is swept, and a button for the best. The keyboard
// and fingers need it; a mouse can click on the chart. Beside it, the share of the signal whose depth theory draws.

export class Picker {
  /** @param pick function(point or null for the best). @param changed function(): the share has changed. */
  constructor(pick, changed) {
    Object.assign(this, { pick, lists: [], share: 0.01 });
    this.element = document.createElement("div");
    this.element.className = "sweep-picker";
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", "Point whose learning curves are shown");
    this.best = Object.assign(document.createElement("button"), { type: "button", textContent: "Best", className: "live-follow" });
    this.best.title = "Follow the point with the best mean accuracy";
    this.best.onclick = () => pick(null);
    this.theory = document.createElement("label");
    this.theory.className = "live-layer";
    this.shares = document.createElement("select");
    this.shares.onchange = () => {
      this.share = Number(this.shares.value);
      changed();
    };
    this.theory.append("Theory: signal down to ", this.shares);
    this.theory.hidden = true;
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
      const shares = theory.lines.map(({ share }) => option(`${100 * share} %`, share));
      this.shares.replaceChildren(...shares);
      this.shares.value = this.share;
    }
  }

  fill(over) {
    this.second = over[1]?.texts.length ?? 1;
    this.lists = over.map(({ label, texts }) => {
      const list = document.createElement("select");
      list.setAttribute("aria-label", label);
      list.append(...texts.map((text, index) => option(text, index)));
      list.onchange = () => {
        const [first, second = 0] = this.lists.map((each) => Number(each.value));
        this.pick(first * this.second + second);
      };
      return list;
    });
    const named = over.map(({ label }, axis) => {
      const name = document.createElement("label");
      name.append(`${axis ? "and " : "At "}${label} `, this.lists[axis]);
      return name;
    });
    this.element.replaceChildren(...named, this.best);
  }
}

function option(text, value) {
  return Object.assign(document.createElement("option"), { textContent: text, value });
}
