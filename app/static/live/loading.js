// What comes from files beside the modules: style sheets, and Plotly.
// Nothing here is run before it is asked for, so that every component can share it.

const here = new URL(import.meta.url);

/** Plotly, from the installed package; loaded once for the page. */
export function plotly() {
  return script(new URL("../plotly.min.js" + here.search, here).href, () => window.Plotly);
}

/** Loads a style sheet of app/static/live, or of a path from there. */
export function stylesheet(name) {
  const href = new URL(name + here.search, here).href;
  return new Promise((resolve, reject) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
    link.onload = resolve;
    link.onerror = () => reject(new Error(`${name} did not load`));
    document.head.append(link);
  });
}

function script(src, result) {
  return new Promise((resolve, reject) => {
    if (result()) return resolve(result());
    const element = Object.assign(document.createElement("script"), { src, async: true });
    element.onload = () => (result() ? resolve(result()) : reject(new Error("plotly.min.js is not Plotly")));
    element.onerror = () => reject(new Error("plotly.min.js did not load"));
    document.head.append(element);
  });
}
