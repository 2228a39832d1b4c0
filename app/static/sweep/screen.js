// The screen of one component: legend, the point that is looked at, and the cards. It keeps the newest frame and draws
// what changed, once per animation frame.

const version = new URL(import.meta.url).search;
const { decode } = await import("../live/frame.js" + version);
const { themeAt } = await import("../live/theme.js" + version);
const { Card } = await import("../live/card.js" + version);
const { Legend } = await import("../live/legend.js" + version);
const { CHARTS, pointAt } = await import("./charts.js" + version);
const { Picker } = await import("./picker.js" + version);

const RETRIES = 3; // of asking for a file whose answer was overtaken by the next frame

export class Screen {
  constructor(root, plotly) {
    this.root = root;
    root.classList.add("sweep");
    this.hidden = new Set();
    this.legend = new Legend(this.hidden, () => this.schedule());
    this.picker = new Picker((point) => this.pick(point), () => this.schedule());
    this.cards = Object.entries(CHARTS).map(
      ([name, chart]) =>
        new Card(name, chart, {
          draw: () => this.schedule(),
          download: () => this.request(name),
          click: chart.picks && ((event) => this.pick(pointAt(this.frame.header, event))),
        }),
    );
    const [lines, map, ...courses] = this.cards.map((card) => card.element);
    const results = make("div", "sweep-results");
    results.append(lines, map);
    const beside = make("div", "sweep-beside");
    beside.append(this.picker.element, ...courses);
    const grid = make("div", "sweep-grid");
    grid.append(results, beside);
    const top = make("div", "live-second");
    top.append(this.legend.element, this.picker.theory);
    root.replaceChildren(top, grid);
    root.style.minHeight = ""; // kept room while all this was loading
    plotly.then(
      (loaded) => {
        this.plotly = loaded;
        this.schedule();
      },
      (error) => {
        for (const card of this.cards) card.say(`This chart cannot be drawn: ${error.message}. Reload the page.`);
      },
    );
  }

  /** Takes in what Streamlit sent; also called without new data when the theme changed. */
  receive({ data, setStateValue, setTriggerValue }) {
    this.set = setStateValue;
    this.trigger = setTriggerValue;
    if (data && data !== this.data) {
      this.data = data;
      this.frame = data.header ? data : decode(data);
      this.legend.receive({ ...this.frame.header, diverged: [] });
      this.picker.receive(this.frame.header);
      if (this.frame.download) this.save(this.frame.download);
    }
    this.schedule();
  }

  close() {
    cancelAnimationFrame(this.drawing);
    clearTimeout(this.retry);
    for (const card of this.cards) card.close(this.plotly);
    this.closed = true;
  }

  schedule() {
    if (this.drawing || this.closed || !this.plotly || !this.frame) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = null;
      this.draw();
    });
  }

  draw() {
    const { header } = this.frame;
    const theme = themeAt(this.root);
    theme.grey = header.grey[theme.dark ? 1 : 0];
    header.share = this.picker.share;
    const methods = header.methods
      .map((method, index) => ({ ...method, index, color: method.color[theme.dark ? 1 : 0] }))
      .filter((method) => !this.hidden.has(method.name));
    this.legend.paint(theme);
    for (const card of this.cards) card.draw(this.plotly, this.frame, { theme, methods });
    Object.assign(this.root.dataset, { drawn: header.newest, done: header.done, picked: header.picked }); // tests wait for it
  }

  /** Asks for the learning curves of a point; null: of the best, whichever it is; undefined: as it is. */
  pick(point) {
    if (point === undefined) return;
    this.set("picked", point === null ? null : { run: this.frame.header.run, point });
  }

  /** Asks for a chart's data, and again if the answer does not come. */
  request(name, tries = RETRIES) {
    clearTimeout(this.retry);
    this.awaiting = true;
    this.trigger("download", name);
    this.retry = setTimeout(() => this.awaiting && tries > 0 && this.request(name, tries - 1), 4000);
  }

  save({ name, text }) {
    if (!this.awaiting) return;
    this.awaiting = false;
    const href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    Object.assign(document.createElement("a"), { href, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(href), 10000);
  }
}

function make(tag, className) {
  return Object.assign(document.createElement(tag), { className });
}
