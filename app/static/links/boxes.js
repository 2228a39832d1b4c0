// The boxes that a teacher ticks: which charts and controls a link shows, and which controls it locks.

import { make } from "../ui/elements.js";

const EVERYTHING = { controls: null, charts: null, locked: [] };

export class Boxes {
  /** @param changed function(), called after a box was ticked. */
  constructor(changed) {
    this.changed = changed;
    this.columns = { controls: new Map(), charts: new Map(), locked: new Map() }; // name -> its box
    this.element = make("div", { className: "links-boxes" });
  }

  /** Receives what the page has, [name, label] each, and what the link says by which the visitor came. */
  receive({ controls, charts, chosen }) {
    const key = JSON.stringify([controls, charts, chosen]);
    if (key === this.key) return;
    this.key = key;
    const ticked = this.from === JSON.stringify(chosen) ? this.chosen() : chosen; // what was ticked here stays
    this.from = JSON.stringify(chosen);
    for (const column of Object.values(this.columns)) column.clear();
    const parts = [];
    if (charts.length) parts.push(this.table("Charts", charts, { charts: "Show" }, ticked));
    if (controls.length) parts.push(this.table("Controls", controls, { controls: "Show", locked: "Lock" }, ticked));
    this.element.replaceChildren(...parts);
    this.element.hidden = !parts.length;
    this.settle();
  }

  /** Whether there is anything to choose. */
  get any() {
    return !this.element.hidden;
  }

  /** What is ticked: {controls, charts, locked}, each a list of names; null for all of them. */
  chosen() {
    const of = (column) => {
      const boxes = [...this.columns[column]];
      const names = boxes.filter(([, box]) => box.checked).map(([name]) => name);
      return boxes.length && names.length === boxes.length ? null : names;
    };
    const found = { controls: of("controls"), charts: of("charts"), locked: of("locked") };
    for (const name of ["controls", "charts"]) if (!this.columns[name].size) found[name] = null;
    return found;
  }

  /** Ticks what shows everything and locks nothing. */
  clear() {
    for (const [name, column] of Object.entries(this.columns))
      for (const box of column.values()) box.checked = EVERYTHING[name] === null;
    this.settle();
    this.changed();
  }

  table(title, rows, columns, ticked) {
    const names = Object.keys(columns);
    const head = make("tr", {}, make("th", { scope: "col" }, title));
    for (const column of names) {
      const all = this.box(`${columns[column]} all ${title.toLowerCase()}`, () => {
        for (const box of this.columns[column].values()) box.checked = all.checked;
      });
      this.columns[column].all = all;
      head.append(make("th", { scope: "col" }, make("label", {}, all, columns[column])));
    }
    const body = rows.map(([name, label]) => {
      const row = make("tr", {}, make("th", { scope: "row" }, label));
      for (const column of names) {
        const box = this.box(`${columns[column]} ${label}`, () => {});
        box.checked = ticked[column] === null || ticked[column].includes(name);
        this.columns[column].set(name, box);
        row.append(make("td", {}, make("label", {}, box)));
      }
      return row;
    });
    return make("table", {}, make("thead", {}, head), make("tbody", {}, ...body));
  }

  box(label, ticked) {
    const box = make("input", { type: "checkbox", ariaLabel: label });
    box.onchange = () => {
      ticked();
      this.settle();
      this.changed();
    };
    return box;
  }

  /** What is not shown is not locked; the boxes above the columns say whether all of a column are ticked. */
  settle() {
    for (const [name, box] of this.columns.locked) {
      const shown = this.columns.controls.get(name).checked;
      box.disabled = !shown;
      if (!shown) box.checked = false;
    }
    for (const column of Object.values(this.columns)) {
      const boxes = [...column.values()].filter((box) => !box.disabled);
      const count = boxes.filter((box) => box.checked).length;
      if (!column.all) continue;
      column.all.checked = boxes.length > 0 && count === boxes.length;
      column.all.indeterminate = count > 0 && count < boxes.length;
    }
  }
}
