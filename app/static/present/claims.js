// The pictures of the claims, which are no charts that move: a copy of each is presented.

const FIGURES = "#root .claim-figure";
const copies = new WeakMap();

export const claims = {
  charts() {
    return [...document.querySelectorAll(FIGURES)].map((figure) => {
      if (!copies.has(figure)) copies.set(figure, figure.cloneNode(true));
      const element = copies.get(figure);
      const id = figure.closest(".claim-card")?.querySelector(".claim-id")?.textContent ?? "";
      const title = `${id} ${figure.querySelector("figcaption")?.firstChild?.textContent ?? ""}`.trim();
      return { name: id.toLowerCase(), title, element, enter() {}, leave() {} };
    });
  },
};
