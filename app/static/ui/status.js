// The status line of the page, which Streamlit draws (app/ui/status_line.py): kept up to date between two of its runs.

import { make, put } from "./elements.js";

/** Writes a status: {headline, facts, share, tone}. */
export function showStatus({ headline, facts, share, tone }) {
  const line = document.querySelector("#root .race-status");
  if (!line) return;
  put(line, { className: `race-status ${tone}` });
  const [said, ...texts] = line.querySelectorAll("b, .fact");
  const bar = line.querySelector("i");
  if (said && bar && texts.length === facts.length) {
    put(said, { textContent: headline });
    texts.forEach((element, index) => {
      put(element, { textContent: facts[index] });
    });
    put(bar.style, { width: `${Number((100 * (share ?? 0)).toFixed(1))}%` });
  } else {
    const told = facts.map((fact) => make("span", { className: "fact", textContent: fact }));
    const filled = make("i", { style: `width:${100 * (share ?? 0)}%` });
    line.replaceChildren(make("b", { textContent: headline }), ...told, make("div", { className: "bar" }, filled));
  }
}
