// What the presenter mode can show of a page (app/static/present): its screens of charts and its still pictures.
//
// A source has charts(): [{name, title, element, enter(stage), leave()}] in their order, those that there are now;
// root: the element of the page that holds it; controls: elements that stand above the charts, such as a legend; time, if what it shows moves: see TimeBar.

const sources = new Set();
const listeners = new Set();

/** Adds a source, until the function that this returns is called. */
export function offer(source) {
  sources.add(source);
  changed();
  return () => {
    sources.delete(source);
    changed();
  };
}

/** Says that what the sources hold has changed. */
export function changed() {
  for (const listener of listeners) listener();
}

/** Has a function called after each change. */
export function listen(listener) {
  listeners.add(listener);
}

/** All sources, in the order of the page. */
export function offered() {
  const place = ({ root: one }, { root: other }) =>
    one && other ? (one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1) : 0;
  return [...sources].sort(place);
}
