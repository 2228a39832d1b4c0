// Entry of the component that offers the presenter mode on every page: app/session/present.py.

import { Presenter } from "./presenter.js";

let presenter = null; // one for all pages of this tab

/** Shows the button on a page that has charts; data: {asked}, the charts that a link wants presented at once. */
export function show(root, { data }) {
  presenter ??= new Presenter();
  presenter.settle(root, data.asked);
  return () => {
    if (!root.isConnected) presenter.depart(root);
  };
}
