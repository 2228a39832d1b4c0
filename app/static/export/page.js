// Entry of an exported page: shows its films. Nothing is fetched: Plotly, films and tables are in the page, compressed.
// app/export/bundle.py makes one script of this and all that it imports.

import { Presenter } from "../present/presenter.js";
import { make } from "../ui/elements.js";
import { decode } from "../ui/frame.js";
import { FILMS } from "./films.js";

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

async function start() {
  const roots = [...document.querySelectorAll("[data-film]")];
  try {
    const plotting = plotly();
    plotting.catch(() => {}); // the screens show the error
    for (const root of roots) {
      const tables = JSON.parse(await text(root.dataset.tables));
      const film = new FILMS[root.dataset.kind](root, decode(await unpacked(root.dataset.film)), tables, plotting);
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => film.screen.schedule());
    }
    const place = make("div");
    document.querySelector("main").prepend(place);
    new Presenter().settle(place, new URLSearchParams(location.search).get("present"));
  } catch (error) {
    const old = typeof DecompressionStream === "undefined";
    const why = old ? "this browser is too old for them." : error.message;
    for (const root of roots) root.textContent = `The charts cannot be shown: ${why}`;
    throw error;
  }
}

start();
