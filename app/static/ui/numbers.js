// Numbers as a person writes them; app/ui/numbers.py writes the same ones on the server.

const PLAIN = [-6, 8]; // powers of ten of numbers that are written out; others are written as in 1.5×10⁻⁷
const MOST_DIGITS = 17;
const SUPERSCRIPT = { "-": "⁻", ...Object.fromEntries(Array.from("⁰¹²³⁴⁵⁶⁷⁸⁹", (sign, digit) => [digit, sign])) };

/**
 * A number such as "10,000", "0.0003", "−2.5" or "1.5×10⁻⁷"; a dash if it is not finite.
 *
 * @param digits to how many significant digits it is rounded; undefined for as many as it has.
 * @param padded whether digits that are 0 at the end are written, too, so that numbers that change keep their width.
 */
export function number(value, digits, padded = false) {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const [mantissa, exponent] = Math.abs(value)
    .toExponential(digits === undefined ? undefined : digits - 1)
    .split("e");
  const all = mantissa.replace(".", "");
  const figures = padded ? all : all.replace(/0+$/, "");
  return (value < 0 ? "−" : "") + written(figures, Number(exponent));
}

/** The numbers of a list, with so many digits, at least `digits`, that different ones read differently. */
export function numbers(values, digits = 3) {
  const different = new Set(Array.from(values).filter((value) => Number.isFinite(value))).size;
  for (let count = digits; count <= MOST_DIGITS; count += 1) {
    const texts = Array.from(values, (value) => number(value, count));
    if (new Set(texts.filter((text) => text !== "–")).size === different) return texts;
  }
  return Array.from(values, (value) => number(value));
}

function written(figures, power) {
  if (power < PLAIN[0] || power > PLAIN[1]) {
    const rest = figures.length > 1 ? `.${figures.slice(1)}` : "";
    return `${figures[0]}${rest}×10${Array.from(String(power), (sign) => SUPERSCRIPT[sign]).join("")}`;
  }
  if (power < 0) return `0.${"0".repeat(-power - 1)}${figures}`;
  const whole = figures.slice(0, power + 1).padEnd(power + 1, "0");
  const rest = figures.slice(power + 1);
  return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (rest && `.${rest}`);
}
