// The menu "Save" of a card: its data as CSV, its chart as PNG or SVG. Also makes the picture, for a slide: always of
// one size and light, with a title and, where methods are told apart by lines, a legend, which the page has elsewhere.

import { make } from "./elements.js";

const GAP = 400; // ms between two files: a browser that is asked for one while it begins another may drop it
let next = 0; // when the next file may be saved, on the clock of performance.now

const WIDTH = 800; // px of the drawing; a PNG has twice as many, and an SVG says so
const HEIGHT = 450;
const SCALE = 2;
const HEAD = 84; // px of the drawing for title, hint and legend
const WORDS = 62; // and for title and hint alone
const HALO = ".textpoint text { paint-order: stroke; stroke: #fff; stroke-width: 4px }"; // as in ui.css
const LIGHT = {
  dark: false,
  background: "#ffffff",
  text: "#16232b",
  grid: "rgba(22,35,43,0.12)",
  line: "rgba(22,35,43,0.45)",
  font: "Helvetica, Arial, sans-serif", // a picture is drawn without the fonts of the page
};

export class SaveMenu {
  /** @param what the title of the chart. @param actions format -> function(). */
  constructor(what, actions) {
    this.element = make("details", { className: "live-save" });
    const summary = make("summary", {}, "Save");
    summary.title = `Save this chart or its data: ${what}`;
    summary.setAttribute("aria-label", summary.title);
    const list = make("div", { className: "live-formats" });
    this.buttons = {};
    for (const [format, act] of Object.entries(actions)) {
      const button = make("button", { className: `live-${format.toLowerCase()}` }, format);
      button.setAttribute("aria-label", `Save as ${format}: ${what}`);
      button.onclick = () => {
        this.element.open = false;
        summary.focus();
        act();
      };
      this.buttons[format] = button;
      list.append(button);
    }
    this.element.append(summary, list);
    this.summary = summary;
    const outside = ({ target }) => {
      if (!this.element.contains(target)) this.element.open = false;
    };
    this.element.ontoggle = () => {
      const listen = this.element.open ? "addEventListener" : "removeEventListener";
      document[listen]("pointerdown", outside);
    };
    this.element.onkeydown = ({ key }) => {
      if (key !== "Escape" || !this.element.open) return;
      this.element.open = false;
      summary.focus();
    };
  }

  /** Shows that something could not be saved, and why. */
  fail(why) {
    this.summary.textContent = "Failed";
    this.summary.title = `It could not be saved: ${why}`;
  }
}

/** What a picture is drawn with, instead of the look of the page: {theme, methods, ...}. */
export function pictureLook({ header }, shown, more) {
  const theme = { ...LIGHT, grey: header.grey[0] };
  const methods = header.methods
    .map((method, index) => ({ ...method, index, color: method.color[0] }))
    .filter(({ name }) => shown.includes(name));
  return { ...more, theme, methods, width: WIDTH, height: HEIGHT - HEAD, touch: false };
}

/** A figure drawn with that look as a picture, a data URL; its caption {title, hint} and a legend of the methods stand above it. */
export function picture(plotly, { data, layout }, caption, look, format) {
  const labels = new Set(look.methods.map(({ label }) => label));
  const traces = data.map((trace) => ({ ...trace, showlegend: labels.delete(trace.name) })); // each label once
  if (!layout.coloraxis) traces.push(...look.methods.filter(({ label }) => labels.has(label)).map(sample));
  const legend = { orientation: "h", x: 0, xanchor: "left", y: 1, yref: "paper", yanchor: "bottom" };
  const showlegend = traces.some((trace) => trace.showlegend);
  return slide(plotly, { data: traces, layout: { ...layout, showlegend, legend } }, caption, format, HEAD);
}

/** A figure as a picture for a slide, a data URL: light, in large letters, below its caption {title, hint}. */
export async function slide(plotly, { data, layout }, { title, hint }, format, head = WORDS) {
  const text = { family: LIGHT.font, color: LIGHT.text };
  const whole = {
    ...layout,
    width: WIDTH,
    height: HEIGHT,
    font: { ...layout.font, ...text },
    margin: { ...layout.margin, t: layout.margin.t + head },
    paper_bgcolor: LIGHT.background,
    plot_bgcolor: LIGHT.background,
    title: {
      text: `<b>${escaped(title)}</b>`,
      font: { ...text, size: 20 },
      subtitle: { text: escaped(hint), font: { ...text, size: 13 } },
      ...{ x: 0, xref: "paper", y: 1, yref: "container", yanchor: "top", pad: { t: 12 } },
    },
  };
  for (const [name, part] of Object.entries(layout)) {
    if (/^[xy]axis/.test(name)) whole[name] = axis(part);
    if (/^legend/.test(name)) whole[name] = { ...part, font: { ...text, size: 15 } };
    if (part?.yref === "container" && part.yanchor === "top") whole[name].y = 1 - head / HEIGHT; // below the words
  }
  const form = { format: "svg", width: WIDTH, height: HEIGHT, scale: SCALE };
  const drawn = await plotly.toImage({ data, layout: whole }, form);
  const svg = decodeURIComponent(drawn.slice(drawn.indexOf(",") + 1)).replace(/<svg[^>]*>/, `$&<style>${HALO}</style>`);
  const href = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  return format === "svg" ? href : painted(href);
}

/** An axis of a picture: a square stays below its title, and words alone may stand for a title. */
function axis(part) {
  const place = part.scaleanchor ? { constraintoward: "top" } : {};
  return { ...part, ...place, title: typeof part.title === "string" ? { text: part.title } : part.title };
}

/** A trace that draws nothing but an entry of the legend, for a method whose traces have no names. */
function sample({ label, color, dash, symbol }) {
  const look = { line: { color, dash, width: 2.5 }, marker: { color, symbol, size: 9 } };
  return { x: [null], y: [null], name: label, mode: "lines+markers", showlegend: true, ...look };
}

/** A drawing as a PNG. */
async function painted(href) {
  const image = Object.assign(new Image(), { src: href });
  await image.decode();
  const size = { width: WIDTH * SCALE, height: HEIGHT * SCALE };
  const canvas = make("canvas", size);
  canvas.getContext("2d").drawImage(image, 0, 0, size.width, size.height);
  return canvas.toDataURL("image/png");
}

function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

/** Saves what an address points to, under a name: a promise that resolves once the browser was asked to. */
export async function save(href, name) {
  const now = performance.now();
  const wait = Math.max(0, next - now);
  next = now + wait + GAP;
  if (wait) await new Promise((resolve) => setTimeout(resolve, wait));
  make("a", { href, download: name }).click();
}
