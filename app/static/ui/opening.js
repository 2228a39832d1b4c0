// The opening of a page (app/front/opening.py), which stands over it until its charts are there.

const ID = "opening";
const PATIENCE = 3000; // ms
let ending = false;

/** Whether an element is part of the opening. */
export function isOpening(element) {
  return Boolean(element.closest(`#${ID}`));
}

/** Takes the opening away, and so shows the page behind it, once all parts of the page have loaded. */
export function endOpening() {
  const opening = document.getElementById(ID);
  if (!opening || ending) return;
  ending = true;
  const began = performance.now();
  const end = () => {
    const waits = document.querySelector('#root [data-testid="stSkeleton"]'); // it stands for a part, in another size
    if (waits && performance.now() - began < PATIENCE) setTimeout(end, 50);
    else opening.remove();
  };
  end();
}
