// Elements of the page, made in one expression.

/** An element with these properties, `className` and `textContent` among them, and what stands in it. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  if (tag === "button") element.type = "button";
  Object.assign(element, properties);
  element.append(...children);
  return element;
}
