// Entry of the component on the card of a still picture: saves it as PNG or SVG, drawn anew for a slide.

import { make } from "../ui/elements.js";
import { plotly } from "../ui/loading.js";
import { save, slide } from "../ui/saving.js";

const pictures = new WeakMap();

/** Receives the current picture: {title, hint, figure, file}. */
export function show(root, { data }) {
  const known = pictures.has(root);
  pictures.set(root, data);
  if (!known) root.replaceChildren(...["PNG", "SVG"].map((format) => button(root, format)));
  for (const each of root.children) {
    each.title = `Save this picture as ${each.textContent}, for a slide`;
    each.setAttribute("aria-label", `Save as ${each.textContent}: ${data.title}`);
  }
}

function button(root, format) {
  const element = make("button", {}, format);
  element.onclick = async () => {
    const { title, hint, figure, file } = pictures.get(root);
    const form = format.toLowerCase();
    element.disabled = true;
    try {
      save(await slide(await plotly(), figure, { title, hint }, form), `${file}.${form}`);
    } catch (error) {
      element.title = `It could not be saved (${error.message}).`;
      element.textContent = "Failed";
    } finally {
      element.disabled = false;
    }
  };
  return element;
}
