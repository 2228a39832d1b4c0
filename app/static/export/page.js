// Entry of an exported page: shows its films (app/film.py). Nothing is fetched: Plotly, films and tables are in the
// page, compressed. app/bundle.py makes one script of this and all that it imports.

const version = new URL(import.meta.url).search;
const { decode } = await import("../live/frame.js" + version);
const { Screen } = await import("../live/screen.js" + version);

/** The bytes that an element of the page holds as base64 of gzip. */
async function unpacked(id) {
  const letters = atob(document.getElementById(id).textContent.trim());
  const packed = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function text(id) {
  return new TextDecoder().decode(await unpacked(id));
}

async function plotly() {
  document.head.append(Object.assign(document.createElement("script"), { textContent: await text("plotly") }));
  return window.Plotly;
}

/** Answers the screen from its film, as the server does where there is one. */
class Film {
  constructor(root, bytes, tables, plotting) {
    this.tables = tables;
    const { header, arrays } = decode(bytes);
    this.moments = header.moments;
    this.arrays = arrays;
    this.step = this.layer = null;
    this.screen = new Screen(root, plotting);
    for (const card of this.screen.cards) card.menu.buttons.CSV.hidden = !(card.name in tables);
    this.show();
  }

  /** The frame of the last moment up to a step (null: the newest), with the histograms of one layer (null: of all). */
  frame() {
    const { moments, step, layer } = this;
    const place = step === null ? -1 : moments.findLastIndex(({ header }) => header.step <= step);
    const { header, arrays: numbers, layers } = moments.at(place);
    const arrays = {};
    for (const [name, number] of Object.entries({ ...numbers, ...layers[layer] })) arrays[name] = this.arrays[number];
    return { header: { ...header, asked: step, layer: layers[layer] ? layer : null }, arrays };
  }

  show(download = null) {
    this.screen.receive({
      data: { ...this.frame(), download },
      // Later: the screen is in the middle of something when it asks.
      setStateValue: (name, value) => {
        this[name] = value;
        queueMicrotask(() => this.show());
      },
      setTriggerValue: (_, chart) => {
        queueMicrotask(() => this.show({ name: `${chart}.csv`, text: this.tables[chart] }));
      },
    });
  }
}

async function start() {
  const roots = [...document.querySelectorAll("[data-film]")];
  try {
    const plotting = plotly();
    plotting.catch(() => {}); // screens say so
    for (const root of roots) {
      const tables = JSON.parse(await text(root.dataset.tables));
      const film = new Film(root, await unpacked(root.dataset.film), tables, plotting);
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => film.screen.schedule());
    }
  } catch (error) {
    const old = typeof DecompressionStream === "undefined";
    const why = old ? "this browser is too old for them." : error.message;
    for (const root of roots) root.textContent = `The charts cannot be shown: ${why}`;
    throw error;
  }
}

start();
