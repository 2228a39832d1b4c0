// Entry of the component of the page "Robustness". Cards, curves, legend, theme and Plotly are those of the live race.

const here = new URL(import.meta.url);
const { plotly, stylesheet } = await import("../live/loading.js" + here.search);
const loaded = plotly();
loaded.catch(() => {}); // screens say so
// Asked for all at once; each part awaits those that it uses, and would otherwise ask for them one after another.
const [{ Screen }] = await Promise.all([
  ...["screen", "picker", "charts", "lines", "map"].map((part) => import(`./${part}.js${here.search}`)),
  ...["frame", "card", "saving", "legend", "theme", "plot", "curves", "maps"].map((part) => import(`../live/${part}.js${here.search}`)),
  stylesheet("live.css"),
  stylesheet("../sweep/sweep.css"),
]);

const screens = new WeakMap();

/** Shows what came; gives back what to do when the component leaves the page. */
export function show(root, component) {
  if (!screens.has(root)) screens.set(root, new Screen(root, loaded));
  const screen = screens.get(root);
  screen.receive(component);
  return () => {
    if (root.isConnected) return; // Streamlit also calls this for a frame that was overtaken by the next
    screens.delete(root);
    screen.close();
  };
}
