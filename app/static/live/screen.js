// The screen of one component: time bar, legend and cards. It keeps the newest frame and draws what changed, once per
// animation frame and only where it can be seen.

const version = new URL(import.meta.url).search;
const { decode } = await import("./frame.js" + version);
const { CHARTS } = await import("./charts.js" + version);
const { TimeBar } = await import("./timebar.js" + version);
const { Card } = await import("./card.js" + version);
const { Legend } = await import("./legend.js" + version);
const { themeAt } = await import("./theme.js" + version);

const BUDGET = 24; // ms of drawing in one animation frame: the page stays responsive between charts
const RETRIES = 3; // of asking for a file whose answer was overtaken by the next frame

export class Screen {
  constructor(root, plotly) {
    this.root = root;
    this.hidden = new Set();
    this.turn = 0;
    this.bar = new TimeBar((step) => this.set("step", step));
    this.legend = new Legend(this.hidden, () => this.schedule());
    this.layers = this.layerPicker();
    const grid = Object.assign(document.createElement("div"), { className: "live-grid" });
    this.cards = Object.entries(CHARTS).map(
      ([name, chart]) => new Card(name, chart, { draw: () => this.schedule(), download: () => this.request(name) }),
    );
    grid.append(...this.cards.map((card) => card.element));
    const top = Object.assign(document.createElement("div"), { className: "live-top" });
    const second = Object.assign(document.createElement("div"), { className: "live-second" });
    second.append(this.legend.element, this.layers.label);
    top.append(this.bar.element, second);
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

  /** Takes in what Streamlit sent, or a decoded frame; also called without new data when the theme changed. */
  receive({ data, setStateValue, setTriggerValue }) {
    this.set = setStateValue;
    this.trigger = setTriggerValue;
    if (data && data !== this.data) {
      this.data = data;
      this.frame = data.header ? data : decode(data);
      this.bar.receive(this.frame);
      this.legend.receive(this.frame.header);
      this.showLayers(this.frame.header);
      if (this.frame.download) this.save(this.frame.download);
    }
    this.schedule();
  }

  close() {
    cancelAnimationFrame(this.drawing);
    clearTimeout(this.retry);
    this.bar.close();
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
    const methods = header.methods
      .map((method, index) => ({ ...method, index, color: method.color[theme.dark ? 1 : 0] }))
      .filter((method) => !this.hidden.has(method.name));
    this.legend.paint(theme);
    const start = performance.now();
    for (let count = 0; count < this.cards.length; count += 1) {
      const card = this.cards[(this.turn + count) % this.cards.length];
      if (!card.draw(this.plotly, this.frame, { theme, methods })) continue;
      if (performance.now() - start > BUDGET) {
        this.turn = (this.turn + count + 1) % this.cards.length;
        this.schedule();
        return;
      }
    }
    this.turn = 0;
    this.root.dataset.drawn = header.step; // tests wait for it
    this.bar.drawn();
  }

  layerPicker() {
    const select = document.createElement("select");
    const label = Object.assign(document.createElement("label"), {
      className: "live-layer",
      textContent: "Histograms of ",
    });
    select.onchange = () => this.set("layer", select.value === "" ? null : Number(select.value));
    label.append(select);
    return { label, select };
  }

  showLayers({ depth, layer, run }) {
    const { select } = this.layers;
    if (select.options.length !== depth + 1) {
      const option = (text, value) => Object.assign(document.createElement("option"), { textContent: text, value });
      const side = (index) => (index === 0 ? " (input side)" : index === depth - 1 ? " (output side)" : "");
      const name = (index) => `layer ${index + 1}${depth > 1 ? side(index) : ""}`;
      select.replaceChildren(
        option("all layers", ""),
        ...Array.from({ length: depth }, (_, index) => option(name(index), index)),
      );
    }
    if (document.activeElement !== select || run !== this.run) select.value = layer ?? "";
    this.run = run;
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
