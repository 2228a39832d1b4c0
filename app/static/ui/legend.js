// One legend for all charts: colour, dash and marker of each method; a click hides it everywhere.

import { make } from "./elements.js";

const SVG = "http://www.w3.org/2000/svg";
const MARKERS = {
  circle: "M18 4a4 4 0 1 0 .01 0Z",
  square: "M14 4h8v8h-8Z",
  diamond: "M18 2.5 23.5 8 18 13.5 12.5 8Z",
  "triangle-up": "M18 2.5 23.5 12.5h-11Z",
  "triangle-down": "M18 13.5 12.5 3.5h11Z",
  pentagon: "M18 2.5 23.2 6.3 21.2 12.5h-6.4L12.8 6.3Z",
  hexagon: "M18 2.5 22.8 5.3v5.4L18 13.5 13.2 10.7V5.3Z",
  cross: "M16.3 3h3.4v3.3H23v3.4h-3.3V13h-3.4V9.7H13V6.3h3.3Z",
  star: "M18 1.8 19.7 6.1 24.3 6.4 20.7 9.4 21.9 13.9 18 11.4 14.1 13.9 15.3 9.4 11.7 6.4 16.3 6.1Z",
  bowtie: "M12.5 3.5 23.5 12.5V3.5L12.5 12.5Z",
  hourglass: "M13.5 2.5H22.5L13.5 13.5H22.5Z",
  "star-diamond": "M18 1.5 19.7 6.3 24.5 8 19.7 9.7 18 14.5 16.3 9.7 11.5 8 16.3 6.3Z",
};

export class Legend {
  /** @param hidden set of the names of hidden methods, kept up to date. @param changed function(), called after a change. */
  constructor(hidden, changed) {
    Object.assign(this, { hidden, changed, items: [] });
    this.element = make("div", { className: "live-legend" });
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", "Methods; a click hides or shows one in every chart");
  }

  receive({ methods, diverged, seeds, at_chance = {} }) {
    const names = methods.map((method) => method.name).join();
    if (names !== this.names) {
      this.names = names;
      this.items = methods.map((method) => this.item(method));
      this.element.replaceChildren(...this.items.map((item) => item.button));
    }
    for (const { method, note } of this.items) {
      const mine = diverged.filter(([, name]) => name === method.name);
      const count = at_chance[method.name];
      const parts = [];
      if (mine.length) {
        parts.push(seeds === 1 ? `diverged at step ${mine[0][0]}` : `${mine.length} of ${seeds} seeds diverged`);
      }
      if (count) parts.push(seeds === 1 ? "at chance" : `${count} of ${seeds} seeds at chance`);
      note.toggleAttribute("data-chance", !mine.length);
      const words = parts.join(", ");
      if (note.textContent !== words) note.textContent = words;
    }
  }

  item(method) {
    const button = make("button");
    button.title = `Hide or show ${method.label} in every chart`;
    button.onclick = () => {
      if (!this.hidden.delete(method.name)) this.hidden.add(method.name);
      this.mark();
      this.changed();
    };
    const swatch = document.createElementNS(SVG, "svg");
    swatch.setAttribute("viewBox", "0 0 36 16");
    swatch.setAttribute("aria-hidden", "true");
    const line = document.createElementNS(SVG, "path");
    line.setAttribute("d", "M0 8H36");
    line.setAttribute("stroke-width", "2.5");
    if (method.dash !== "solid") line.setAttribute("stroke-dasharray", method.dash.replaceAll("px", ""));
    const marker = document.createElementNS(SVG, "path");
    marker.setAttribute("d", MARKERS[method.symbol]);
    swatch.append(line, marker);
    const note = make("span", { className: "live-note" });
    button.append(swatch, method.label, note);
    button.setAttribute("aria-pressed", !this.hidden.has(method.name));
    return { method, button, line, marker, note };
  }

  mark() {
    for (const { method, button } of this.items) button.setAttribute("aria-pressed", !this.hidden.has(method.name));
  }

  paint(theme) {
    if (this.items === this.painted && theme.dark === this.dark) return;
    Object.assign(this, { painted: this.items, dark: theme.dark });
    for (const { method, line, marker } of this.items) {
      const color = method.color[theme.dark ? 1 : 0];
      line.setAttribute("stroke", color);
      marker.setAttribute("fill", color);
    }
  }
}
