// Entry of the component that offers the presenter mode on every page: app/session/present.py.

import { plotly } from "../ui/loading.js";
import { Presenter } from "./presenter.js";

const READING = 500; // ms after which a lesson's question is there, and someone reads it

let presenter = null; // one for all pages of this tab

/** Shows the button on a page that has charts; data: {asked}, the charts that a link wants presented at once. */
export function show(root, { data }) {
  presenter ??= new Presenter();
  presenter.settle(root, data.asked);
  setTimeout(() => {
    if (presenter.lesson.isOpen) plotly().catch(() => {}); // what a lesson shows is then drawn at the press of its button
  }, READING);
  return () => {
    if (!root.isConnected) presenter.depart(root);
  };
}
