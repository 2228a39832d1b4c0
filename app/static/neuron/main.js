// Entry of the component of the page "One neuron". Cards, legend, theme and Plotly are those of the live race.

const here = new URL(import.meta.url);
const { plotly, stylesheet } = await import("../live/loading.js" + here.search);
const [{ Player }] = await Promise.all([
  import("./player.js" + here.search),
  stylesheet("live.css"),
  stylesheet("../neuron/neuron.css"),
]);
const loaded = plotly();

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
