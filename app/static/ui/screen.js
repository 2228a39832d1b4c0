// What the screens of all live components share: a legend, cards and the newest frame. A screen draws what changed, at
// most once per animation frame and only the cards in view.

import { Card } from "./card.js";
import { isThere } from "./elements.js";
import { Feed } from "./feed.js";
import { ask } from "./files.js";
import { decode } from "./frame.js";
import { Legend } from "./legend.js";
import { isOpening } from "./opening.js";
import { offer } from "./presentable.js";
import { Sentences } from "./sentences.js";
import { themeAt } from "./theme.js";

/**
 * Milliseconds of drawing in one animation frame: the page stays responsive between charts. While a run goes on it is also
 * what a frame of it may take: on a slow machine the charts that lead are drawn with each frame, the others by turns.
 */
export const BUDGET = 24;
/** What a visitor looks at, of all that a feed is asked for, that Streamlit can be told, too. */
const SEEN = ["step", "layer"];
/** Milliseconds for which a theme is taken as read while frames come: to read it has the browser style the whole page. */
const THEME_AGE = 1000;

/** The screen of one component. A subclass arranges the parts and reads what it needs from each frame. */
export class Screen {
  /** Whether the charts are ones that sketch.js knows, so that they are there before Plotly has loaded. */
  static sketches = false;
  /** How many charts, the first ones, are drawn with each frame of a run that goes on. */
  static leading = 0;

  /**
   * @param root element that the screen fills.
   * @param plotly promise of Plotly.
   * @param charts name -> chart, in their order; see card.js.
   */
  constructor(root, plotly, charts) {
    this.root = root;
    this.ask = ask; // an exported page, which has no server, replaces this
    this.hidden = new Set(); // names of methods
    this.sketches = this.constructor.sketches;
    this.turn = 0; // number of the card that is drawn first, but for those that lead
    this.waits = false; // whether a frame has come of which nothing is drawn yet
    this.took = 0; // ms of drawing in an animation frame, of late
    this.hurried = false; // whether everything is to be drawn now, since the visitor has done something
    this.presented = new Set(); // cards
    this.stage = null; // where its charts are presented, if they are: an element
    this.legend = new Legend(this.hidden, () => this.schedule());
    this.cards = Object.entries(charts).map(
      ([name, chart]) =>
        new Card(name, chart, {
          draw: () => this.schedule(),
          download: () => this.request(name),
          click: chart.picks && ((event) => this.clicked(event)),
          zoomed: chart.finer && ((range) => this.zoomed(name, range)),
          sketches: this.sketches,
          plotly: () => plotly,
        }),
    );
    this.sentences = new Sentences(this.cards);
    plotly.then(
      (loaded) => this.begin(loaded),
      (error) => {
        for (const card of this.cards) card.show(`This chart cannot be drawn: ${error.message}. Reload the page.`);
      },
    );
  }

  /** Replaces the note that charts are loading by the parts. */
  fill(...parts) {
    this.root.replaceChildren(...parts, this.sentences.element);
    this.root.style.minHeight = ""; // it reserved room while all this was loading
    if (!isOpening(this.root)) this.withdraw = offer(this);
  }

  /** What stands above the charts where they are presented. */
  get controls() {
    return [this.legend.element];
  }

  /** The charts that can be presented now; see presentable.js. */
  charts() {
    return this.cards
      .filter(({ element }) => isThere(element))
      .map((card) => ({
        name: card.name,
        title: card.chart.title,
        element: card.element,
        enter: (stage, scale) => this.enter(card, stage, scale),
        leave: () => this.enter(card, null, 1),
      }));
  }

  enter(card, stage, scale) {
    card.scale = scale;
    this.presented.delete(card);
    if (stage) this.presented.add(card);
    this.stage = this.presented.size ? (stage ?? this.stage) : null;
    this.themed = undefined;
    this.schedule();
  }

  /** The cards that are looked at: those that are presented, if any are. */
  get shownCards() {
    return this.presented.size ? this.cards.filter((card) => this.presented.has(card)) : this.cards;
  }

  /** Called when Plotly has loaded. */
  begin(plotly) {
    this.plotly = plotly;
    this.schedule();
  }

  /**
   * Receives what Streamlit sent: a frame, decoded or not, or where to ask for frames (feed.js); also called without new
   * data when the theme has changed.
   */
  receive({ data, setStateValue }) {
    this.set = setStateValue;
    if (data?.feed) this.follow(data);
    else if (data) this.feed = this.feed?.close();
    const fresh = data && !data.feed && data !== this.data;
    if (fresh) this.accept(data);
    this.schedule(!fresh);
  }

  accept(data) {
    this.data = data;
    this.frame = data.header ? data : decode(data);
    this.waits = true;
    this.take(this.frame);
  }

  follow(data) {
    this.feed ??= new Feed({
      take: (bytes) => {
        this.accept(bytes);
        this.schedule(false);
      },
      busy: () => this.waits,
      took: () => this.took,
      report: (name, value) => {
        this.set(name, value);
        if (name === "unreachable")
          for (const part of SEEN) if (part in this.feed.view) this.set(part, this.feed.view[part]);
      },
    });
    this.feed.follow(data);
  }

  /** Requests a frame of something else: a step, a layer. */
  want(name, value) {
    if (this.feed) this.feed.see({ [name]: value });
    else this.set(name, value);
  }

  /** Called with each new frame. */
  take({ header }) {
    this.legend.receive(header);
  }

  /** Called after a click into the axes of a chart with `picks`; the event is Plotly's. */
  clicked() {}

  /** Has the server send more points of what a visitor has zoomed in on, in the chart with `finer` they used last. */
  zoomed(name, range) {
    if (!this.feed || (!range && this.zoomedIn !== name)) return;
    this.zoomedIn = range ? name : null;
    const [from, to] = range ? [Math.floor(range[0]), Math.ceil(range[1])] : [null, null];
    this.feed.see({ from: from === null ? null : Math.max(0, from), to });
  }

  /** Called when the component has left the page. */
  close() {
    this.feed?.close();
    cancelAnimationFrame(this.drawing);
    for (const card of this.cards) card.close(this.plotly);
    this.sentences.close();
    this.closed = true;
    this.withdraw?.();
  }

  /** Draws what changed in the next animation frame; in those after it, too, until all is drawn, if there is a hurry. */
  schedule(hurried = true) {
    this.hurried ||= hurried;
    if (this.drawing || this.closed || !this.frame || !(this.plotly || this.sketches)) return;
    this.drawing = requestAnimationFrame((now) => {
      this.drawing = null;
      this.waits = false;
      const start = performance.now();
      this.draw(now);
      this.took += (performance.now() - start - this.took) / 4;
    });
  }

  /** The look with which charts are drawn: {theme, methods: those shown, each with its index and its colour in the theme}. */
  look() {
    const { grey, methods, state } = this.frame.header;
    const now = performance.now();
    if (state !== "running" || !(now - this.themed < THEME_AGE)) {
      this.theme = themeAt(this.stage ?? this.root);
      this.themed = now;
    }
    const theme = { ...this.theme };
    const shade = theme.dark ? 1 : 0;
    theme.grey = grey[shade];
    this.legend.paint(theme);
    const shown = methods
      .map((method, index) => ({ ...method, index, color: method.color[shade] }))
      .filter((method) => !this.hidden.has(method.name));
    return { theme, methods: shown };
  }

  /**
   * Draws the cards by turns. Those that the budget leaves out come first in the next animation frame; while a run goes on
   * and nobody does anything, with the next frame.
   */
  draw() {
    const { frame, shownCards: cards } = this;
    const look = this.look();
    const follows = !this.hurried && frame.header.state === "running" && frame.header.asked === null;
    const leading = follows ? this.constructor.leading : 0;
    for (const card of this.cards) card.describe(frame, look);
    this.drawBeside(look);
    this.sentences.tell(frame, look);
    const start = performance.now();
    for (const card of cards.slice(0, leading)) card.draw(this.plotly, frame, look);
    const rest = cards.slice(leading);
    const first = this.turn % Math.max(1, rest.length);
    for (let count = 0; count < rest.length; count += 1) {
      const drew = rest[(first + count) % rest.length].draw(this.plotly, frame, look);
      if (!drew || performance.now() - start <= BUDGET || count === rest.length - 1) continue;
      this.turn = (first + count + 1) % rest.length;
      if (!follows) this.schedule(false);
      else if (this.turn <= first) this.finish(frame); // once around: all show what came since the last time
      return;
    }
    this.turn = 0;
    this.hurried = false;
    this.begun = frame;
    this.finish(frame);
  }

  finish(frame) {
    this.drawn((this.begun ?? frame).header);
    this.begun = frame;
  }

  /** Writes over the empty charts why they are empty; null if they are not. */
  tellBlank(says) {
    for (const place of this.stage ? [this.root, this.stage] : [this.root]) {
      place.toggleAttribute("data-blank", says !== null);
      place.style.setProperty("--blank", JSON.stringify(says ?? ""));
    }
  }

  /** Called before the cards are drawn, with their look; what is to be drawn beside them is cheap. */
  drawBeside() {}

  /** Called when everything is drawn as the header says, if only as sketches. */
  drawn() {}

  /** Saves the data of a chart. */
  async request(name) {
    try {
      await this.ask(name);
    } catch (error) {
      this.cards.find((card) => card.name === name)?.menu.fail(error.message);
    }
  }
}
