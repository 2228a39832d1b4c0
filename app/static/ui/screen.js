// What the screens of all live components share: a legend, cards and the newest frame. A screen draws what changed, at
// most once per animation frame and only the cards in view.

import { Card } from "./card.js";
import { ask } from "./files.js";
import { decode } from "./frame.js";
import { Legend } from "./legend.js";
import { themeAt } from "./theme.js";

/** Milliseconds of drawing in one animation frame: the page stays responsive between charts. */
export const BUDGET = 24;
/** Milliseconds for which a theme is taken as read while frames come: to read it has the browser style the whole page. */
const THEME_AGE = 1000;

/** The screen of one component. A subclass arranges the parts and reads what it needs from each frame. */
export class Screen {
  /** Whether the charts are ones that sketch.js knows, so that they are there before Plotly has loaded. */
  static sketches = false;

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
    this.turn = 0; // number of the card that is drawn first
    this.legend = new Legend(this.hidden, () => this.schedule());
    this.cards = Object.entries(charts).map(
      ([name, chart]) =>
        new Card(name, chart, {
          draw: () => this.schedule(),
          download: () => this.request(name),
          click: chart.picks && ((event) => this.clicked(event)),
          sketches: this.sketches,
          plotly: () => plotly,
        }),
    );
    plotly.then(
      (loaded) => this.begin(loaded),
      (error) => {
        for (const card of this.cards) card.show(`This chart cannot be drawn: ${error.message}. Reload the page.`);
      },
    );
  }

  /** Replaces the note that charts are loading by the parts. */
  fill(...parts) {
    this.root.replaceChildren(...parts);
    this.root.style.minHeight = ""; // it reserved room while all this was loading
  }

  /** Called when Plotly has loaded. */
  begin(plotly) {
    this.plotly = plotly;
    this.schedule();
  }

  /** Receives what Streamlit sent, or a decoded frame; also called without new data when the theme has changed. */
  receive({ data, setStateValue }) {
    this.set = setStateValue;
    if (data && data !== this.data) {
      this.data = data;
      this.frame = data.header ? data : decode(data);
      this.take(this.frame);
    }
    this.schedule();
  }

  /** Called with each new frame. */
  take({ header }) {
    this.legend.receive(header);
  }

  /** Called after a click into the axes of a chart with `picks`; the event is Plotly's. */
  clicked() {}

  /** Called when the component has left the page. */
  close() {
    cancelAnimationFrame(this.drawing);
    for (const card of this.cards) card.close(this.plotly);
    this.closed = true;
  }

  /** Draws all that changed in the next animation frame. */
  schedule() {
    if (this.drawing || this.closed || !this.frame || !(this.plotly || this.sketches)) return;
    this.drawing = requestAnimationFrame((now) => {
      this.drawing = null;
      this.draw(now);
    });
  }

  /** The look with which charts are drawn: {theme, methods: those shown, each with its index and its colour in the theme}. */
  look() {
    const { grey, methods, state } = this.frame.header;
    const now = performance.now();
    if (state !== "running" || !(now - this.themed < THEME_AGE)) {
      this.theme = themeAt(this.root);
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

  /** Draws the cards by turns; those that the budget leaves out come first in the next animation frame. */
  draw() {
    const look = this.look();
    this.drawBeside(look);
    const start = performance.now();
    for (let count = 0; count < this.cards.length; count += 1) {
      const card = this.cards[(this.turn + count) % this.cards.length];
      if (!card.draw(this.plotly, this.frame, look)) continue;
      if (performance.now() - start > BUDGET) {
        this.turn = (this.turn + count + 1) % this.cards.length;
        this.schedule();
        return;
      }
    }
    this.turn = 0;
    this.drawn(this.frame.header);
  }

  /** Writes over the empty charts why they are empty; null if they are not. */
  tellBlank(says) {
    this.root.toggleAttribute("data-blank", says !== null);
    this.root.style.setProperty("--blank", JSON.stringify(says ?? ""));
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
