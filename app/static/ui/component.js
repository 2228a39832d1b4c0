// The entry that all live components share: one screen for each element of the page that shows charts.

import { plotly } from "./loading.js";

/** What loader.js calls with every frame: show(root, component), for components that are drawn by a class of screens. */
export function component(Screen) {
  const loaded = plotly();
  loaded.catch(() => {}); // the screens show the error
  const screens = new WeakMap();
  /** Shows what the server sent; returns a function that Streamlit calls when the component leaves the page. */
  return (root, sent) => {
    if (!screens.has(root)) screens.set(root, new Screen(root, loaded));
    const screen = screens.get(root);
    screen.receive(sent);
    return () => {
      if (root.isConnected) return; // Streamlit also calls this for a frame that was overtaken by the next
      screens.delete(root);
      screen.close();
    };
  };
}
