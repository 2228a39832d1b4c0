// Colours and fonts of the page around the charts, read anew at each draw: a switch of theme shows at once.

/** The theme at an element: {dark, background, text, grid, line, font}; a stage has more contrast than a page. */
export function themeAt(element) {
  const style = getComputedStyle(element);
  const read = (name, otherwise) => {
    const value = style.getPropertyValue(name).trim();
    return value && value !== "unset" ? value : otherwise;
  };
  const background = read("--st-background-color", "#ffffff");
  const dark = luminance(background) < 0.4;
  const ink = dark ? "250,250,250" : "49,51,63";
  const [faint, strong] = element.classList.contains("present") ? [0.3, 0.9] : [dark ? 0.13 : 0.12, 0.35];
  return {
    dark,
    background,
    text: read("--st-text-color", dark ? "#fafafa" : "#31333f"),
    grid: `rgba(${ink},${faint})`,
    line: `rgba(${ink},${strong})`,
    font: read("--st-font", "sans-serif"),
  };
}

/** A colour with an opacity, from #rrggbb. */
export function faded(color, opacity) {
  const [r, g, b] = channels(color);
  return `rgba(${r},${g},${b},${opacity})`;
}

function channels(color) {
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(color);
  if (!hex) return (color.match(/[\d.]+/g) ?? [255, 255, 255]).slice(0, 3).map(Number);
  const digits = hex[1].length === 3 ? [...hex[1]].map((digit) => digit + digit).join("") : hex[1];
  return [0, 2, 4].map((at) => parseInt(digits.slice(at, at + 2), 16));
}

function luminance(color) {
  const [r, g, b] = channels(color);
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
}
