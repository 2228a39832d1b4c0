// What every page does, whatever it shows. It stands in the page as it is (app/front/opening.py).
(() => {
  // Whether a mouse or a finger was used last, not the tabulator: app/front/everywhere.css.
  addEventListener("pointerdown", () => document.documentElement.setAttribute("data-pointer", ""), true);
  addEventListener(
    "keydown",
    ({ key }) => key === "Tab" && document.documentElement.removeAttribute("data-pointer"),
    true,
  );
  // On a telephone the sidebar opens over the lower half of the page: a chart goes into the upper half.
  const NARROW = 640; // px, as in app/front/everywhere.css
  const opens = ({ target }) => target.matches('.stSidebar[data-collapsed="false"]');
  const MAIN = ["lines", "map", "accuracy", "card"].map((name) => `#root .live-${name}:not([hidden]) .live-plot`);
  const chart = () => MAIN.map((selector) => document.querySelector(selector)).find((plot) => plot?.checkVisibility());
  const show = () => {
    const [plot, sidebar] = [chart(), document.querySelector(".stSidebar")];
    if (!plot || !sidebar || innerWidth > NARROW) return;
    const below = plot.getBoundingClientRect().bottom - sidebar.getBoundingClientRect().top;
    document.querySelector(".stMain")?.scrollBy({ top: below + 4 });
  };
  new MutationObserver((changes) => {
    if (changes.some(opens)) setTimeout(show, 350); // it slides in
  }).observe(document, { subtree: true, attributeFilter: ["data-collapsed"] });
})();
