// The presenter mode: one chart or a few fill the window, in large letters, for a projector.
//
// The charts themselves move onto a stage that lies over the page, and go back where they were. The page below goes on:
// its frames, and the keys of its buttons.

import { make, put, takeNoRoom } from "../ui/elements.js";
import { listen, offer, offered } from "../ui/presentable.js";
import { themeAt } from "../ui/theme.js";
import { ControlBar } from "./bar.js";
import { asked, columns, DEFAULTS, forget, remember, scaleOf } from "./choice.js";
import { claims } from "./claims.js";
import { act, isTyping } from "./keys.js";
import { Lesson } from "./lesson.js";
import { timeOf } from "./time.js";

const OF_ONE_LAYER = ["gain", "bias", "activity"]; // charts that show the layer of the picker
const PAUSE = 3000; // ms without a motion of the pointer after which the control bar hides
const COLORS = {
  light: { background: "#ffffff", text: "#000000", border: "#5b676d", primary: "#0b6e75" },
  dark: { background: "#000000", text: "#ffffff", border: "#9aa7ad", primary: "#3fbac3" },
};

export class Presenter {
  constructor() {
    this.chosen = []; // names of charts
    this.wished = []; // those with which it began, until another is chosen
    this.taken = new Map(); // chart -> where it was
    this.several = false; // whether a number adds a chart to those that are shown
    this.lesson = new Lesson();
    this.button = make("button", { className: "present-open", hidden: true, onclick: () => this.begin() });
    this.button.append("Present", make("kbd", {}, "F"));
    this.button.title = "Charts fill the screen, for a talk (F)";
    this.charts = make("div", { className: "present-charts" });
    this.controls = make("div", { className: "present-controls" });
    this.heading = make("p", { className: "present-heading" });
    this.bar = new ControlBar(this);
    this.stage = make(
      "div",
      { className: "present", tabIndex: -1 },
      this.heading,
      this.controls,
      this.charts,
      this.bar.element,
    );
    this.stage.setAttribute("role", "dialog");
    this.stage.setAttribute("aria-modal", "true");
    this.stage.setAttribute("aria-label", "Presenter mode");
    for (const name of ["pointermove", "pointerdown", "focusin", "keydown"]) {
      this.stage.addEventListener(name, () => this.wake());
    }
    this.stage.addEventListener("change", () => this.stage.focus({ preventScroll: true })); // keys are ours again
    document.addEventListener("keydown", (event) => this.key(event));
    const again = () => this.isOpen && this.arrange();
    addEventListener("resize", again);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => setTimeout(again, 200)); // after the page
    document.addEventListener("fullscreenchange", () => {
      if (this.filled && !document.fullscreenElement) this.close(); // the browser has taken Escape for itself
    });
    listen(() => this.changed());
    offer(claims);
  }

  get isOpen() {
    return this.stage.isConnected;
  }

  /** The charts of the page that can be shown, in their order. */
  get all() {
    return offered().flatMap((source) => source.charts());
  }

  /** The charts that are shown. */
  get shown() {
    return this.all.filter(({ name }) => this.chosen.includes(name));
  }

  /** Takes its place on a page. @param wanted names of charts that a link wants presented; null without. */
  settle(root, wanted) {
    this.root = root;
    if (this.button.parentElement !== root) root.replaceChildren(this.button);
    takeNoRoom(root);
    this.wanted ??= asked(wanted);
    this.changed();
  }

  /** Called when a page has gone. */
  depart(root) {
    if (this.root !== root) return;
    this.root = null;
    document.documentElement.classList.remove("presentable");
  }

  /** Called when the page has other charts than before. */
  changed() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => {
      const able = this.all.length > 0 || this.lesson.isOpen;
      if (this.button.hidden === able) this.button.hidden = !able;
      document.documentElement.classList.toggle("presentable", able);
      if (this.isOpen) {
        this.arrange();
        clearTimeout(this.deserted);
        if (!able) this.deserted = setTimeout(() => this.close(), PAUSE); // it is another page, without charts
        return;
      }
      if (!this.wanted || !able || !this.root) return;
      const { wanted } = this;
      this.wanted = false;
      this.open(wanted);
    }, 50);
  }

  /** Begins because someone wants it to: then the window may fill the screen, too. */
  begin() {
    this.open();
    if (!this.isOpen || document.fullscreenElement) return;
    document.documentElement.requestFullscreen?.({ navigationUI: "hide" }).then(
      () => (this.filled = true),
      () => {}, // it need not
    );
  }

  /** Begins, with the charts of these names, or with the one that the page leads with. */
  open(names = []) {
    if (this.isOpen || !(this.all.length || this.lesson.isOpen)) return;
    this.before = document.activeElement;
    this.chosen = names;
    this.wished = names; // some of them may come to the page later
    this.bound = document.getElementById("root") ?? document.querySelector("main");
    document.body.append(this.stage);
    document.documentElement.classList.add("presenting");
    if (this.bound) this.bound.inert = true;
    this.arrange();
    this.stage.focus({ preventScroll: true });
    this.wake();
    this.ticking = setInterval(() => this.look(), 250);
  }

  close() {
    if (!this.isOpen) return;
    clearInterval(this.ticking);
    clearTimeout(this.quiet);
    for (const chart of [...this.taken.keys()]) this.giveBack(chart);
    this.giveControls();
    if (this.bound) this.bound.inert = false;
    document.documentElement.classList.remove("presenting");
    this.stage.remove();
    forget();
    if (this.filled && document.fullscreenElement) document.exitFullscreen();
    this.filled = false;
    this.before?.focus?.({ preventScroll: true });
  }

  /** Looks whether charts have come or gone with a frame, and what the moment is. */
  look() {
    if (this.all.map(({ name }) => name).join() !== this.bar.names) this.arrange();
    this.bar.tell();
  }

  /** Shows one chart alone, or adds it or takes it away. @param number from 1. */
  choose(number, adds = this.several) {
    const chart = this.all[number - 1];
    if (!chart) return;
    const { name } = chart;
    this.wished = [];
    if (!adds) this.chosen = [name];
    else if (!this.chosen.includes(name)) this.chosen = [...this.chosen, name];
    else if (this.chosen.length > 1) this.chosen = this.chosen.filter((each) => each !== name);
    this.arrange();
  }

  /** Shows the next chart alone, or the one before. */
  turn(way) {
    const { all } = this;
    const at = all.findIndex(({ name }) => name === this.chosen[0]);
    if (all.length) this.choose(((at + way + all.length) % all.length) + 1, false);
  }

  /** Puts the chosen charts onto the stage, and those that were there before back into the page. */
  arrange() {
    this.paint();
    const here = this.all.map(({ name }) => name);
    if (this.wished.some((name) => here.includes(name))) this.chosen = this.wished;
    if (!this.shown.length) {
      const { all } = this;
      const first = all.find(({ name }) => DEFAULTS.includes(name)) ?? all[0];
      this.chosen = first ? [first.name] : [];
    }
    const { all, shown } = this;
    const elements = new Set(shown.map(({ element }) => element));
    for (const chart of [...this.taken.keys()]) if (!elements.has(chart.element)) this.giveBack(chart);
    const known = new Set([...this.taken.keys()].map(({ element }) => element));
    for (const chart of shown) if (!known.has(chart.element)) this.take(chart);
    const scale = scaleOf(innerWidth, innerHeight);
    this.stage.style.setProperty("--scale", scale);
    this.stage.dataset.charts = shown.length;
    this.stage.toggleAttribute(
      "data-one-layer",
      shown.some(({ name }) => OF_ONE_LAYER.includes(name)),
    );
    this.charts.style.setProperty("--columns", columns(shown.length, innerWidth, innerHeight));
    for (const [place, chart] of shown.entries()) {
      const number = all.findIndex(({ element }) => element === chart.element) + 1;
      put(chart.element.style, { order: String(place) });
      chart.element.style.setProperty("--number", JSON.stringify(number < 10 ? `${number} ` : ""));
      chart.enter(this.stage, scale);
    }
    this.takeControls(new Set(shown.map(({ element }) => element)));
    this.lesson.show(this.charts, !shown.length);
    put(this.heading, { textContent: this.lesson.title, hidden: !shown.length || !this.lesson.title });
    this.time = timeOf(offered());
    this.bar.list(all, this.chosen);
    this.bar.tell();
    remember(this.wished.length ? this.wished : this.chosen);
  }

  take(chart) {
    const place = document.createComment("presented");
    chart.element.replaceWith(place);
    this.charts.append(chart.element);
    this.taken.set(chart, place);
  }

  giveBack(chart) {
    const place = this.taken.get(chart);
    this.taken.delete(chart);
    chart.element.style.order = "";
    chart.element.style.removeProperty("--number");
    if (place.parentNode) place.replaceWith(chart.element);
    else chart.element.remove(); // its page is gone
    chart.leave();
  }

  /** Legends and the like of those sources that have a chart on the stage. */
  takeControls(elements) {
    this.giveControls();
    const sources = offered().filter((source) => source.charts().some(({ element }) => elements.has(element)));
    this.lent = sources
      .flatMap((source) => source.controls ?? [])
      .map((element) => {
        const place = document.createComment("presented");
        element.replaceWith(place);
        this.controls.append(element);
        return [element, place];
      });
  }

  giveControls() {
    for (const [element, place] of this.lent ?? []) {
      if (place.parentNode) place.replaceWith(element);
      else element.remove();
    }
    this.lent = [];
  }

  /** Gives the stage the colours of the page's theme, with more contrast. */
  paint() {
    const theme = themeAt(document.querySelector("#root .live") ?? document.querySelector(".live") ?? document.body);
    const shade = theme.dark ? "dark" : "light";
    this.stage.style.setProperty("--st-font", theme.font);
    for (const [name, color] of Object.entries(COLORS[shade])) {
      this.stage.style.setProperty(`--st-${name}-color`, color);
    }
    this.stage.style.colorScheme = shade;
  }

  /** Shows the control bar for a while. */
  wake() {
    this.stage.classList.remove("quiet");
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => {
      if (!this.bar.element.matches(":focus-within")) this.stage.classList.add("quiet");
    }, PAUSE);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !event.key) return;
    if (isTyping(event.target) && !(this.isOpen && event.key === "Escape")) return;
    const foreign = [...document.querySelectorAll('[role="dialog"]')].some((each) => each !== this.stage);
    if (foreign || !act(this, event)) return;
    event.preventDefault();
    event.stopPropagation();
    this.wake();
  }
}
