// What charts show at the moment, in a sentence each, for those who do not see them. It is the label of the chart, and
// that of the chart which leads, or in which the keyboard's focus is, is also said by a screen reader when it changes.

import { make, put } from "./elements.js";

const WRITTEN = 2000; // ms between two writings of the labels: to write one makes the browser style the page
const SPOKEN = 8000; // ms between two sentences that are spoken: one takes some seconds to be read out

/** "plain 10 %, batch norm 90 %": what is said of each method; say(method) gives null where there is nothing to say. */
export function ofEach(methods, say) {
  const parts = methods.map((method) => [method.label, say(method)]).filter(([, text]) => text !== null);
  return parts.map(([label, text]) => `${label} ${text}`).join(", ") || "nothing yet";
}

/** A share as "88 %". */
export function percent(share) {
  return Number.isFinite(share) ? `${(100 * share).toFixed(0)} %` : "–";
}

/** Keeps the sentences of the charts of a screen up to date. */
export class Sentences {
  /** @param cards of the screen; those whose chart has says(frame, look, quantity) have a sentence. */
  constructor(cards) {
    this.cards = cards.filter(({ chart }) => chart.says);
    this.element = make("div", { className: "live-spoken" });
    this.element.setAttribute("role", "status");
  }

  /** Receives what is shown now. */
  tell(frame, look) {
    this.latest = { frame, look };
    this.timer ??= setTimeout(() => this.write(), this.writtenAt === undefined ? 0 : WRITTEN);
  }

  write() {
    this.timer = undefined;
    this.writtenAt = performance.now();
    const { frame, look } = this.latest;
    for (const card of this.cards) {
      if (card.element.hidden || card.failed) continue;
      const said = card.chart.says(frame, look, card.quantity);
      card.sentence = `${card.chart.title}. ${said[0].toUpperCase()}${said.slice(1)}.`;
      put(card.plot, { ariaLabel: `${card.sentence} All numbers are in the CSV.` });
    }
    this.speak();
  }

  /** Has the sentence of one chart said, not before the last one was. What a page begins with is not said. */
  speak() {
    const { activeElement } = document;
    const shown = this.cards.filter(({ element }) => element.checkVisibility());
    const card = shown.find(({ element }) => element.contains(activeElement)) ?? shown.find(({ chart }) => chart.leads);
    if (!card || card.sentence === this.spoken) return;
    const [first, wait] = [this.spoken === undefined, SPOKEN - (performance.now() - this.spokenAt)];
    if (wait > 0) {
      this.waiting ??= setTimeout(() => {
        this.waiting = undefined;
        this.speak();
      }, wait);
      return;
    }
    this.spoken = card.sentence;
    if (first) return;
    this.spokenAt = performance.now();
    this.element.textContent = card.sentence;
  }

  close() {
    clearTimeout(this.timer);
    clearTimeout(this.waiting);
  }
}
