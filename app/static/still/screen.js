// The card of a still picture. The server sends the whole figure (app/ui/picture.py); here it gets the look that all
// charts have, and is drawn, zoomed and saved as they are.

import { Card } from "../ui/card.js";
import { isThere } from "../ui/elements.js";
import { saveText } from "../ui/files.js";
import { number } from "../ui/numbers.js";
import * as plot from "../ui/plot.js";
import { offer } from "../ui/presentable.js";
import { save, slide } from "../ui/saving.js";
import { Sentences } from "../ui/sentences.js";
import { themeAt } from "../ui/theme.js";

class StillCard extends Card {
  /** Saves the picture drawn anew for a slide, as "png" or "svg". */
  async savePicture(format) {
    const { title, hint, figure, light, file } = this.picture;
    const { data, layout } = light ?? figure;
    const whole = { showlegend: true, ...plot.named(layout) };
    save(await slide(await this.plotly(), { data, layout: whole }, { title, hint }, format), `${file}.${format}`);
  }
}

/** Shows one picture: {title, hint, figure, light: the figure on white if it is another, csv, file}. */
export class StillScreen {
  constructor(root, plotly) {
    Object.assign(this, { root, loading: plotly, revision: 0 });
    plotly.then(
      (loaded) => {
        this.plotly = loaded;
        this.draw();
      },
      (error) => {
        this.broken = `This chart cannot be drawn: ${error.message}. Reload the page.`;
        this.card?.show(this.broken);
      },
    );
  }

  /** Receives a picture; also called without a new one when the theme has changed. */
  receive({ data }) {
    if (data && data !== this.picture) {
      this.revision += 1;
      this.picture = data;
      if (!this.card) this.begin(data);
      this.card.picture = data;
      if (!this.stage) this.card.plot.style.height = this.height;
    }
    this.draw();
  }

  begin({ title, name }) {
    const chart = {
      title,
      needs: [],
      hint: () => this.picture.hint,
      uses: () => [this.revision],
      figure: (_, look) => styled(this.picture.figure, look),
      says: () => said(this.picture.figure),
    };
    const draw = () => this.draw();
    const download = () => saveText({ name: `${this.picture.file}.csv`, text: this.picture.csv });
    this.card = new StillCard(name, chart, { draw, download, plotly: () => this.loading });
    this.sentences = new Sentences([this.card]);
    this.root.replaceChildren(this.card.element);
    this.root.style.minHeight = "";
    if (this.broken) this.card.show(this.broken);
    this.withdraw = offer(this);
  }

  /** How high it is on the page: as high as the server says, or as the other charts of a window (ui.css). */
  get height() {
    return `max(${this.picture.figure.layout.height}px, var(--half, 0px))`;
  }

  /** The chart that can be presented; see ui/presentable.js. */
  charts() {
    const { card } = this;
    if (!isThere(card.element)) return [];
    const change = (stage, scale) => {
      Object.assign(this, { stage });
      card.scale = scale;
      card.plot.style.height = stage ? "" : this.height;
      this.draw();
    };
    const chart = { name: card.name, title: card.chart.title, element: card.element };
    return [{ ...chart, enter: change, leave: () => change(null, 1) }];
  }

  draw() {
    if (!this.card || this.drawing) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = null;
      const frame = {
        header: { run: this.picture.file, state: "finished", asked: null, newest: this.revision },
        arrays: {},
      };
      const look = { theme: themeAt(this.stage ?? this.root), methods: [] };
      this.card.describe(frame, look);
      this.sentences.tell(frame, look);
      if (this.card.draw(this.plotly, frame, look)) this.root.dataset.drawn = this.revision; // tests wait for it
    });
  }

  close() {
    cancelAnimationFrame(this.drawing);
    this.withdraw?.();
    this.sentences?.close();
    this.card?.close(this.plotly);
  }
}

/** A figure of the server in the look of all charts: its own numbers and places, our letters, axes and grid. */
function styled({ data, layout }, look) {
  const axes = Object.entries(layout).filter(([name]) => /^[xy]axis/.test(name));
  const legends = Object.entries(layout).filter(([name]) => /^legend/.test(name));
  const font = { size: plot.SMALL, color: look.theme.text };
  const made = plot.layout(look, {
    ...layout,
    ...Object.fromEntries(axes.map(([name, axis]) => [name, styledAxis(axis, look)])),
    ...Object.fromEntries(legends.map(([name, legend]) => [name, { ...legend, font }])),
    showlegend: true,
    width: look.width,
    height: look.height,
    hovermode: look.touch ? false : layout.hovermode,
  });
  made.margin.autoexpand = true; // for legends
  return { data, layout: plot.named(made) };
}

function styledAxis(axis, look) {
  const made = { ...plot.axis(look, axis), gridcolor: look.theme.grid };
  // Plotly would write powers larger than all other numbers.
  return axis.type === "log" && axis.dtick ? { ...made, ...tens(axis) } : made;
}

/** The marks of a logarithmic axis at powers of ten. */
function tens({ range }) {
  const { powers, ticktext } = plot.powers(range);
  return { tickmode: "array", tickvals: powers.map((power) => 10 ** power), ticktext };
}

/** The sentence of a picture: the first and the last number of each line that has a name. */
function said({ data }) {
  const ends = data.flatMap(({ name, y }) => {
    const values = (y ?? []).filter((value) => Number.isFinite(value));
    return name && values.length ? [`${name} ${number(values[0], 2)} to ${number(values.at(-1), 2)}`] : [];
  });
  return `from left to right: ${ends.slice(0, 12).join(", ") || "nothing yet"}`;
}
