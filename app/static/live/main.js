// Entry of the live component: called by loader.js with every frame.
// All parts carry the version of this file in their address, so that a browser never mixes old and new ones.

const here = new URL(import.meta.url);
const style = stylesheet(new URL("live.css" + here.search, here).href);
const [{ Screen }] = await Promise.all([import("./screen.js" + here.search), style]);
const plotly = script(new URL("../plotly.min.js" + here.search, here).href, () => window.Plotly);

const screens = new WeakMap();

/** Shows what came; gives back what to do when the component leaves the page. */
export function show(root, component) {
  if (!screens.has(root)) screens.set(root, new Screen(root, plotly));
  const screen = screens.get(root);
  screen.receive(component);
  return () => {
    screens.delete(root);
    screen.close();
  };
}

function stylesheet(href) {
  return new Promise((resolve, reject) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
    link.onload = resolve;
    link.onerror = () => reject(new Error("live.css did not load"));
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
