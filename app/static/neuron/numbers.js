// The table: what theory predicts, what is simulated, and the difference, for each rule at the moment on screen.

import { make } from "../ui/elements.js";

const COLUMNS = [
  ["Gain", 0],
  ["Bias", 1],
  ["Information", 2],
  ["Quadratic information potential", 3],
];

export class Numbers {
  constructor(download) {
    this.element = make("section", { className: "neuron-numbers" });
    this.element.setAttribute("aria-label", "Predicted and simulated");
    const head = make("header", { className: "live-head" });
    const csv = make("button", { className: "live-csv" }, "CSV");
    csv.title = "Download this table";
    csv.onclick = download;
    const tools = make("div", { className: "live-tools" });
    tools.append(csv);
    head.append(make("h2", {}, "Predicted and simulated"), tools);
    const hint = make("p", { className: "live-hint" });
    hint.textContent =
      "A difference of a few % is the noise of minibatches; it shrinks with the intrinsic rate. " +
      "Information: entropy of the output on 30 equal bins over [−1, 1], divided by " +
      "ln 30; 1 when all levels are used equally. Quadratic information potential: Renyi's V = Σ p² / bin width, " +
      "1/2 at best; lower is more informative.";
    const scroller = make("div", { className: "neuron-scroller" });
    scroller.tabIndex = 0;
    this.table = make("table");
    const thead = make("thead");
    const [upper, lower] = [make("tr"), make("tr")];
    const rule = make("th", {}, "Rule");
    rule.rowSpan = 2;
    upper.append(rule);
    for (const [name] of COLUMNS) {
      const cell = make("th", { className: "neuron-group" }, name);
      cell.colSpan = 3;
      upper.append(cell);
      lower.append(
        make("th", { className: "neuron-group" }, "predicted"),
        make("th", {}, "simulated"),
        make("th", {}, "difference"),
      );
    }
    thead.append(upper, lower);
    this.body = make("tbody");
    this.table.append(thead, this.body);
    scroller.append(this.table);
    this.element.append(head, hint, scroller);
  }

  receive({ methods }) {
    const names = methods.map(({ name }) => name).join();
    if (names === this.names) return;
    this.names = names;
    this.rows = methods.map((method, index) => {
      const row = make("tr");
      row.dataset.rule = method.name;
      const name = make("th", {}, method.label);
      name.scope = "row";
      const cells = COLUMNS.map(() => [make("td", { className: "neuron-group" }), make("td"), make("td")]);
      row.append(name, ...cells.flat());
      return { method, index, row, name, cells };
    });
    this.body.replaceChildren(...this.rows.map(({ row }) => row));
  }

  draw(moment, theme) {
    for (const { method, index, name, cells } of this.rows) {
      name.style.color = method.color[theme.dark ? 1 : 0];
      COLUMNS.forEach(([, quantity], column) => {
        const [rest, now] = ["rest", "now"].map((array) => moment.value(array, index, quantity));
        const texts = [words(rest), words(now), words(now - rest, true)];
        cells[column].forEach((cell, at) => {
          if (cell.textContent !== texts[at]) cell.textContent = texts[at];
        });
      });
    }
  }
}

/** A number with four digits after its point, fewer if it is large. */
function words(value, signed = false) {
  if (!Number.isFinite(value)) return "–"; // nothing is predicted
  const size = Math.abs(value);
  const text = size >= 1e5 ? size.toExponential(2) : size.toFixed(size >= 1000 ? 1 : size >= 100 ? 2 : 4);
  const zero = Number(text) === 0;
  return (value < 0 && !zero ? "−" : signed && !zero ? "+" : "") + text;
}
