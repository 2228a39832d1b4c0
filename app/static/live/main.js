// Entry of the live component: called by loader.js with every frame.
// All parts carry the version of this file in their address, so that a browser never mixes old and new ones.

const here = new URL(import.meta.url);
const plotly = script(new URL("../plotly.min.js" + here.search, here).href, () => window.Plotly);
plotly.catch(() => {}); // screens say so
const style = stylesheet(new URL("live.css" + here.search, here).href);
// Asked for all at once; each part awaits those that it uses, and would otherwise ask for them one after another.
const [{ Screen }] = await Promise.all([
  ...["screen", "frame", "charts", "timebar", "card", "legend", "theme", "curves", "layers", "maps", "plot"].map(
    (part) => import(`./${part}.js${here.search}`),
  ),
  style,
]);

const screens = new WeakMap();

/** Shows what came; gives back what to do when the component leaves the page. */
export function show(root, component) {
  if (!screens.has(root)) screens.set(root, new Screen(root, plotly));
  const screen = screens.get(root);
  screen.receive(component);
  return () => {
    if (root.isConnected) return; // Streamlit also calls this for a frame that was overtaken by the next
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
