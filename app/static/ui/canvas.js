// How a canvas of the page is painted, as sharp as the screen.

import { put } from "./elements.js";

const MOST_PIXELS = 2; // of the screen for one of the page: more than that is not seen

/**
 * Paints a canvas anew, in place of what was there.
 *
 * @param size {width, height} of what is painted, in px. @param scale how many times as large it is on the page.
 * @param paint function(pen), which paints it in px from its upper left corner.
 */
export function painted(canvas, { width, height }, scale, paint) {
  const ratio = scale * Math.min(MOST_PIXELS, window.devicePixelRatio || 1);
  put(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
  put(canvas.style, { width: `${width * scale}px`, height: `${height * scale}px` });
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.save();
  paint(pen);
  pen.restore();
}
