// A canvas of the page is painted on another one that is not in the page, and copied: to set the font of a canvas that is
// in it has the browser style the whole page, several times for each chart.

import { put } from "./elements.js";

const board = document.createElement("canvas");
const MOST_PIXELS = 2; // of the screen for one of the page: more than that is not seen

/**
 * Paints a canvas anew, in place of what was there.
 *
 * @param size {width, height} of what is painted, in px. @param scale how many times as large it is on the page.
 * @param paint function(pen), which paints it in px from its upper left corner.
 */
export function painted(canvas, { width, height }, scale, paint) {
  const ratio = scale * Math.min(MOST_PIXELS, window.devicePixelRatio || 1);
  const size = { width: Math.round(width * ratio), height: Math.round(height * ratio) };
  for (const each of [canvas, board]) put(each, size);
  put(canvas.style, { width: `${width * scale}px`, height: `${height * scale}px` });
  const pen = board.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.save();
  paint(pen);
  pen.restore();
  const copy = canvas.getContext("2d");
  copy.globalCompositeOperation = "copy";
  copy.drawImage(board, 0, 0);
}
