// Entry of the component of the page "One neuron". Cards, legend, theme and Plotly are those of the live race.

const here = new URL(import.meta.url);
const { plotly, stylesheet } = await import("../live/loading.js" + here.search);
const loaded = plotly();
loaded.catch(() => {}); // players say so
// Asked for all at once; each part awaits those that it uses, and would otherwise ask for them one after another.
const [{ Player }] = await Promise.all([
  ...["player", "moment", "painter", "charts", "densities", "plane", "courses", "numbers"].map(
    (part) => import(`./${part}.js${here.search}`),
  ),
  ...["frame", "card", "saving", "legend", "theme", "plot"].map((part) => import(`../live/${part}.js${here.search}`)),
  stylesheet("live.css"),
  stylesheet("../neuron/neuron.css"),
]);

const players = new WeakMap();

/** Shows what came; gives back what to do when the component leaves the page. */
export function show(root, component) {
  if (!players.has(root)) players.set(root, new Player(root, loaded));
  const player = players.get(root);
  player.receive(component);
  return () => {
    players.delete(root);
    player.close();
  };
}
