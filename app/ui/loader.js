const main = import(new URL("app/static/FOLDER/main.js?VERSION", document.baseURI).href);
export default async function (component) {
  const root = component.parentElement.querySelector(".live");
  try {
    return (await main).show(root, component);
  } catch (error) {
    root.textContent = `The charts could not be loaded (${error.message}). Reload the page to try again.`;
  }
}
