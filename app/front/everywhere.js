// What every page does, whatever it shows. It stands in the page as it is (app/front/opening.py).
(() => {
  // Whether a mouse or a finger was used last, not the tabulator: app/front/everywhere.css.
  addEventListener("pointerdown", () => document.documentElement.setAttribute("data-pointer", ""), true);
  addEventListener(
    "keydown",
    ({ key }) => key === "Tab" && document.documentElement.removeAttribute("data-pointer"),
    true,
  );
})();
