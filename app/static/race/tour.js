// A tour of the front page in five steps: a small dialog beside what it speaks of. Escape closes it, arrows turn pages.

import { make } from "../ui/elements.js";

const STEPS = [
  {
    at: ".lead-finding",
    title: "What came out",
    text: "This sentence says how good the networks were in the last test up to the moment shown. Its numbers are taken from the recording.",
  },
  {
    at: ".lead-nets",
    title: "The networks",
    text: "One column for each method. A bar is a layer; it lights up when its weights receive a gradient, which is when it can learn.",
  },
  {
    at: ".live-time",
    title: "Time",
    text: "Drag the slider, or play the recording. Everything on the page shows the same moment.",
  },
  {
    at: ".st-key-start",
    title: "Train it yourself",
    text: "Start trains the networks on this server with the settings in the sidebar. Learning rate and intrinsic rate may be changed meanwhile.",
  },
  {
    at: '[data-testid="stSidebarNav"] a[href$="/lessons"]',
    closed: '[data-testid="stExpandSidebarButton"]', // where the sidebar is closed, as on a telephone
    title: "Where to go from here",
    text: "Lessons ask, let you guess, and show what happens. Claims has a verdict for each claim of the paper.",
    opens: " This button opens the list of pages.",
  },
];
const SEEN = "tour-target";

export class Tour {
  /** @param scope selector of the part of the page that it speaks of. @param colors function(element), paints it. */
  constructor(scope, colors) {
    Object.assign(this, { scope, colors, step: 0 });
    this.heading = make("h2", { id: "tour-title" });
    this.words = make("p", { id: "tour-words" });
    this.place = make("span", { className: "tour-place" });
    this.back = make("button", { onclick: () => this.go(-1) }, "Back");
    this.next = make("button", { className: "tour-next", onclick: () => this.go(1) });
    const close = make("button", { className: "tour-close", onclick: () => this.close() }, "Close");
    const row = make("div", { className: "tour-row" }, this.place, close, this.back, this.next);
    this.element = make("div", { className: "tour" }, this.heading, this.words, row);
    this.element.setAttribute("role", "dialog");
    this.element.setAttribute("aria-labelledby", "tour-title");
    this.element.setAttribute("aria-describedby", "tour-words");
    this.element.onkeydown = (event) => this.key(event);
  }

  open() {
    this.before = document.activeElement;
    this.step = 0;
    this.colors(this.element);
    document.body.append(this.element);
    this.show();
  }

  close() {
    this.mark(null);
    if (!this.element.isConnected) return;
    this.element.remove();
    this.before?.focus();
  }

  key(event) {
    const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") this.close();
    else if (way) this.go(way);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  go(way) {
    if (this.step + way === STEPS.length) return this.close();
    this.step = Math.max(0, this.step + way);
    this.show();
  }

  show() {
    const { at, closed, title, text, opens } = STEPS[this.step];
    const find = (selector) => selector && document.querySelector(`${this.scope} ${selector}`);
    const otherwise = isReachable(find(at)) ? null : find(closed);
    this.heading.textContent = title;
    this.words.textContent = otherwise ? text + opens : text;
    this.place.textContent = `${this.step + 1} of ${STEPS.length}`;
    this.back.disabled = this.step === 0;
    this.next.textContent = this.step === STEPS.length - 1 ? "Done" : "Next";
    this.mark(otherwise ?? find(at));
    this.next.focus({ preventScroll: true });
  }

  /** Frames what a step speaks of, and brings it into view; null for nothing. */
  mark(target) {
    for (const old of document.querySelectorAll(`.${SEEN}`)) old.classList.remove(SEEN);
    if (!target?.getClientRects().length) return;
    target.classList.add(SEEN);
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    target.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
  }
}

/** Whether an element can be scrolled to: what is in a closed sidebar lies beside the window. */
function isReachable(element) {
  const box = element?.getBoundingClientRect();
  return Boolean(box?.width) && box.left >= 0 && box.left < innerWidth;
}
