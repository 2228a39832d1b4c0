// Elements of the page, made in one expression.

/** An element with these properties, `className` and `textContent` among them, and what stands in it. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  if (tag === "button") element.type = "button";
  Object.assign(element, properties);
  element.append(...children);
  return element;
}

/** Has the place that Streamlit gives a component take no room in the page; `alone`: also what holds only this place. */
export function takeNoRoom(root, alone = false) {
  const place = root.closest('[data-testid="stElementContainer"]');
  place?.setAttribute("data-no-room", "");
  if (alone) place?.closest('[data-testid="stLayoutWrapper"]')?.setAttribute("data-no-room", "");
}

/** Whether an element is laid out, and not left out by a style sheet or by what stands around it. */
export function isThere(element) {
  return element.checkVisibility?.() ?? element.getClientRects().length > 0;
}

/** Presses a button of the page, which may lie under a stage; returns whether it is there. */
export function press(selector) {
  const button = document.querySelector(selector);
  if (!button || button.disabled) return false;
  button.click();
  return true;
}

/** Gives an element properties that it does not have yet: to set one again costs the browser as much as to change it. */
export function put(element, properties) {
  for (const [name, value] of Object.entries(properties)) if (element[name] !== value) element[name] = value;
}
