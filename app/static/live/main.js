// Entry of the live component: called by loader.js with every frame.
// All parts carry the version of this file in their address, so that a browser never mixes old and new ones.

const here = new URL(import.meta.url);
const { plotly, stylesheet } = await import("./loading.js" + here.search);
const loaded = plotly();
loaded.catch(() => {}); // screens say so
// Asked for all at once; each part awaits those that it uses, and would otherwise ask for them one after another.
const [{ Screen }] = await Promise.all([
  ...["screen", "frame", "charts", "timebar", "card", "saving", "legend", "theme", "curves", "layers", "maps", "plot"].map(
    (part) => import(`./${part}.js${here.search}`),
  ),
  stylesheet("live.css"),
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
