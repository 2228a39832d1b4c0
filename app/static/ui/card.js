// A card with one chart: its title, a hint, a menu to save it, and the element in which the chart is drawn.
//
// Plotly draws it, with hovering and zoom. On a screen with `sketches` it is a sketch on a canvas (sketch.js) until Plotly
// has loaded, and while a run goes on, unless someone points at it or has zoomed in.

import { make } from "./elements.js";
import { enlarge } from "./enlarge.js";
import { same } from "./frame.js";
import { LEAST } from "./plot.js";
import * as saving from "./saving.js";
import { sketch } from "./sketch.js";

const TOUCH = matchMedia("(pointer: coarse)").matches; // on such a screen, a finger on a chart scrolls the page

export class Card {
  /**
   * @param draw function(), which has the chart drawn soon. @param download function(), which saves its data.
   * @param click function(event of Plotly), called after a click into the axes; undefined if nobody needs it.
   * @param zoomed function([from, to] or null), called when the range along x has changed; undefined if nobody needs it.
   * @param sketches whether a sketch will do at times. @param plotly function() -> promise of Plotly.
   */
  constructor(name, chart, { draw, download, click, zoomed, sketches, plotly }) {
    Object.assign(this, { name, chart, click, zoomed, plotly });
    this.revision = 0;
    this.seen = false;
    this.scale = 1; // how many times as large as on a page it is drawn
    this.element = make("section", { className: `live-card live-${name}` });
    this.element.setAttribute("aria-label", chart.title);
    const head = make("header", { className: "live-head" });
    this.hint = make("p", { className: "live-hint" });
    this.plot = make("div", { className: "live-plot" });
    this.plot.setAttribute("role", "img");
    this.plot.setAttribute("aria-label", `${chart.title}. All numbers are in the CSV.`); // until there is a sentence
    const tools = make("div", { className: "live-tools" });
    if (chart.quantities) tools.append(this.picker(chart.quantities, draw));
    this.reset = make("button", { className: "live-reset" }, "Reset zoom");
    this.reset.hidden = true;
    this.reset.onclick = () => {
      this.unzoom();
      draw();
    };
    const formats = { CSV: download, PNG: () => this.savePicture("png"), SVG: () => this.savePicture("svg") };
    this.menu = new saving.SaveMenu(chart.title, formats);
    tools.append(this.reset, this.menu.element);
    head.append(make("h2", {}, chart.title), tools);
    this.element.append(head, this.hint, this.plot);
    if (chart.extra) this.element.append(this.switch(chart.extra, draw));
    this.unzoom = () => {
      this.revision += 1;
      if (!this.reset.hidden) this.zoomed?.(null);
      this.reset.hidden = true;
    };
    this.sight = new IntersectionObserver(
      ([entry]) => {
        this.seen = entry.isIntersecting;
        if (this.seen) draw();
      },
      { rootMargin: "150px" },
    );
    this.sight.observe(this.plot);
    this.measure = new ResizeObserver(([{ contentRect }]) => {
      this.size = [Math.floor(contentRect.width), Math.floor(contentRect.height)];
      draw();
    });
    this.measure.observe(this.plot);
    this.redraw = draw;
    if (sketches) this.sketchable();
  }

  /** Has the chart drawn as a sketch where that will do. */
  sketchable() {
    this.canvas = make("canvas", { className: "live-sketch", hidden: true });
    this.plot.append(this.canvas);
    this.plot.classList.add("live-sketches");
    const point = (pointed) => {
      this.pointed = pointed;
      this.redraw();
    };
    if (TOUCH) return; // a finger scrolls the page
    this.plot.addEventListener("pointerenter", () => point(true));
    this.plot.addEventListener("pointerleave", ({ buttons }) => {
      if (!buttons) return point(false);
      addEventListener("pointerup", () => point(false), { once: true, capture: true }); // a zoom is being drawn
    });
  }

  picker(quantities, draw) {
    const select = make("select", { className: "live-quantity" });
    select.setAttribute("aria-label", "Quantity");
    this.offer = (offered) => {
      this.quantities = offered;
      for (const [value, text] of Object.entries(offered)) select.append(make("option", { value }, text));
      [this.quantity] = Object.keys(offered);
    };
    if (typeof quantities === "object") this.offer(quantities);
    select.onchange = () => {
      this.quantity = select.value;
      this.unzoom();
      draw();
    };
    return select;
  }

  /** A checkbox with a label. */
  switch({ text, title }, draw) {
    this.element.toggleAttribute("data-switch", true);
    const label = make("label", { className: "live-switch" });
    const box = make("input", { type: "checkbox", checked: true });
    label.append(box, text);
    label.title = title;
    this.switched = true;
    box.onchange = () => {
      this.switched = box.checked;
      draw();
    };
    return label;
  }

  /** Writes what is said about the chart. All cards do that before the first is drawn: each change costs a style. */
  describe({ header }, { methods }) {
    if (this.offer && !this.quantities) this.offer(this.chart.quantities(header));
    const absent = this.chart.absent?.(header) ?? false;
    if (this.element.hidden !== absent) this.element.hidden = absent;
    const hint = absent ? "" : this.chart.hint(header, this.quantity, methods);
    if (this.hint.textContent !== hint) this.hint.textContent = hint;
  }

  /** Draws the chart if it is in view and has changed; returns whether it did. */
  draw(plotly, frame, { theme, methods }) {
    const { header, arrays } = frame;
    if (this.element.hidden || this.failed || !this.seen || !this.size) return false;
    const [width, height] = this.size.map((length) => Math.floor(length / this.scale));
    if (width < LEAST.width || height < LEAST.height) return false;
    if (header.run !== this.run) {
      if (this.run !== undefined) this.unzoom();
      this.run = header.run;
    }
    const shown = methods.map((method) => method.name);
    const { quantity, switched } = this;
    const live = header.state === "running" && header.asked === null;
    const sketched = Boolean(this.canvas) && (!plotly || (live && this.reset.hidden && !this.pointed));
    if (!plotly && !sketched) return false;
    const settings = [quantity, switched, this.revision, sketched, this.zoom(), this.chart.uses(header)];
    const key = JSON.stringify([width, height, this.scale, theme, shown, ...settings]);
    if (key === this.key && this.chart.needs.every((name) => same(arrays[name], this.drawn[name]))) return false;
    const now = performance.now();
    if (live && key === this.key && now - this.drawnAt < (this.chart.pace ?? 0)) return false; // a later frame will do
    Object.assign(this, { key, drawnAt: now, shown: { frame, names: shown } });
    this.drawn = arrays;
    const zoom = this.zoom();
    const revision = `zoom ${this.revision}`; // Plotly forgets the zoom when it changes
    const look = { theme, methods, width, height, zoom, quantity, switched, revision, touch: TOUCH };
    const figure = this.chart.figure(frame, look);
    if (this.canvas && this.canvas.hidden === sketched) {
      this.canvas.hidden = !sketched;
      this.plot.classList.toggle("sketched", sketched);
    }
    this.element.dataset.step = header.newest; // tests count its changes
    if (sketched) {
      sketch(this.canvas, figure, this.scale);
      Object.assign(this.plot, figure); // as Plotly does: what is shown can be read from the element
      return true;
    }
    if (zoom) this.keepZoom(figure.layout);
    const config = { displayModeBar: false, doubleClick: false, showTips: false };
    const axes = axesOf(figure.layout).join();
    const { data, layout } = enlarge(figure, this.scale);
    if (axes === this.axes) plotly.react(this.plot, data, layout, config);
    else {
      // A new plot, since Plotly.react draws a new axis without data before it has measured it.
      plotly.newPlot(this.plot, data, layout, config);
      this.axes = axes;
      this.listen();
    }
    return true;
  }

  /** The ranges {x, y} that someone has zoomed in on; null if nobody has. */
  zoom() {
    const { xaxis, yaxis } = this.plot.layout ?? {};
    return this.reset.hidden ? null : { x: [...xaxis.range], y: [...yaxis.range] };
  }

  /** Keeps the ranges on screen; without this, Plotly drops the zoom of an axis whose own range has changed. */
  keepZoom(layout) {
    for (const name of axesOf(layout)) {
      const range = this.plot.layout[name]?.range;
      if (range) layout[name].range = [...range];
    }
  }

  listen() {
    this.plot.on("plotly_relayout", (change) => {
      if (!Object.keys(change).some((name) => name.includes("range"))) return;
      this.reset.hidden = false;
      this.zoomed?.(this.plot.layout.xaxis.range);
      this.redraw();
    });
    this.plot.on("plotly_doubleclick", () => {
      this.unzoom();
      this.redraw();
    });
    if (this.click) this.plot.on("plotly_click", this.click);
  }

  /** Saves the chart as it is shown, with its zoom, as "png" or "svg". */
  async savePicture(format) {
    if (!this.shown) return;
    const { frame, names } = this.shown;
    const plotly = await this.plotly();
    const { quantity, switched, chart } = this;
    const zoom = this.zoom();
    const look = saving.pictureLook(frame, names, { quantity, switched, zoom });
    const figure = chart.figure(frame, look);
    if (zoom) this.keepZoom(figure.layout);
    const title = chart.quantities ? `${chart.title} (${this.quantities[quantity]})` : chart.title;
    const moment = frame.header.total ? ` Step ${frame.header.step.toLocaleString("en")}.` : "";
    const caption = { title, hint: this.hint.textContent + moment };
    saving.save(await saving.picture(plotly, figure, caption, look, format), `${this.name}.${format}`);
  }

  /** Shows a text in place of the chart, from now on. */
  show(words) {
    this.failed = true;
    this.plot.textContent = words;
  }

  close(plotly) {
    this.sight.disconnect();
    this.measure.disconnect();
    plotly?.purge(this.plot);
    delete this.plot.data;
    delete this.plot.layout;
  }
}

function axesOf(layout) {
  return Object.keys(layout).filter((name) => /^[xy]axis/.test(name));
}
