const served = new URL("app/static/FOLDER/", document.baseURI);
const link = (rel, path) =>
  new Promise((resolve, reject) => {
    const href = new URL(path, served).href;
    const known = [...document.querySelectorAll(`link[rel=${rel}]`)].find((each) => each.href === href);
    if (known?.sheet) return resolve();
    const element = known ?? Object.assign(document.createElement("link"), { rel, href });
    element.addEventListener("load", resolve);
    element.addEventListener("error", () => {
      element.remove();
      reject(new Error(`${path} did not load`));
    });
    if (!known) document.head.append(element); // once: again, it would overrule those between
  });
link("modulepreload", "ui/all.js").catch(() => {}); // now: the script below asks for it late
const styles = ["ui/all.css", "PLACE/all.css"].map((path) => link("stylesheet", path));
const script = import(new URL("PLACE/all.js", served).href);
const ready = Promise.all([script.then((all) => all.modules?.["ROOM/component.js"] ?? all), ...styles]);
ready.catch(() => {}); // said below
export default async function (component) {
  const root = component.parentElement.querySelector(".live, .files, .links");
  try {
    const [{ show }] = await ready;
    return show(root, Array.isArray(component.data) ? { ...component, data: component.data[0] } : component);
  } catch (error) {
    document.getElementById("opening")?.remove();
    root.textContent = `This part of the page could not be loaded (${error.message}). Reload the page to try again.`;
  }
}
