// The opening of a page (app/front/opening.py), which stands over it until its charts are there.

const ID = "opening";

/** Whether an element is part of the opening. */
export function isOpening(element) {
  return Boolean(element.closest(`#${ID}`));
}

/** Takes the opening away, and so shows the page behind it. */
export function endOpening() {
  document.getElementById(ID)?.remove();
}
