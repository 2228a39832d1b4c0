// Plotly, from the installed package. It is a script of the old kind and stands beside the rooms of our modules.

let loading = null;

/** Plotly, loaded once for the page. */
export function plotly() {
  loading ??= new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = new URL("../plotly.min.js", import.meta.url).href;
    element.onload = () => (window.Plotly ? resolve(window.Plotly) : reject(new Error("plotly.min.js is not Plotly")));
    element.onerror = () => reject(new Error("plotly.min.js did not load"));
    document.head.append(element);
  });
  loading.catch(() => {
    loading = null; // whoever asks next may have more luck
  });
  return loading;
}
