// The entry that all live components share: one screen for each element of the page that shows charts.

import { plotly } from "./loading.js";
import { isOpening } from "./opening.js";

/** What loader.js calls with every frame: show(root, component), for components that are drawn by a class of screens. */
export function component(Screen) {
  let loaded;
  const load = () => {
    loaded = Screen.sketches ? rest().then(plotly) : plotly();
    loaded.catch(() => {}); // the screens show the error
  };
  if (!Screen.sketches) load();
  const screens = new WeakMap();
  /** Shows what the server sent; returns a function that Streamlit calls when the component leaves the page. */
  return (root, sent) => {
    if (!loaded && !isOpening(root)) load();
    if (!screens.has(root)) screens.set(root, new Screen(root, isOpening(root) ? new Promise(() => {}) : loaded));
    const screen = screens.get(root);
    screen.receive(sent);
    return () => {
      if (root.isConnected) return; // Streamlit also calls this for a frame that was overtaken by the next
      screens.delete(root);
      screen.close();
    };
  };
}

/** A promise that the browser has drawn what it has to draw: to run Plotly's script takes long, and may come after. */
function rest() {
  return new Promise((resolve) => {
    const idle = window.requestIdleCallback ?? ((act) => setTimeout(act, 200));
    requestAnimationFrame(() => idle(resolve, { timeout: 3000 }));
  });
}
