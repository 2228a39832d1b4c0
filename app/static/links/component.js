// Entry of the component with the button "Copy link": app/ui/link_panel.py.

import { takeNoRoom } from "../ui/elements.js";
import { Panel } from "./panel.js";

const panels = new WeakMap();

/** Receives what the server sent: show(root, component). */
export function show(root, sent) {
  if (!panels.has(root)) panels.set(root, new Panel(root));
  takeNoRoom(root, true); // the button stands in the header of the page
  panels.get(root).receive(sent);
  return () => {
    if (!root.isConnected) panels.get(root)?.leave();
  };
}
