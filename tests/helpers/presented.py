"""The smallest letters of charts, as the browser sees them, and whether all fits."""

FITS = """() => {
  const stage = document.querySelector('.present');
  const inside = [...stage.querySelectorAll('.lead, .present-lesson')];
  return stage.scrollHeight <= innerHeight && stage.scrollWidth <= innerWidth &&
    inside.every(({ scrollHeight, clientHeight }) => scrollHeight <= clientHeight + 1);
}"""
"""JavaScript: whether nothing on the stage of the presenter mode is cut off, or has to be scrolled to."""

SMALLEST = """selector => {
  let least = [Infinity, ''];
  const note = (size, what) => { if (size < least[0]) least = [size, what] };
  const scaleOf = element => {
    let scale = 1;
    for (let at = element; at; at = at.parentElement) scale *= Number(getComputedStyle(at).zoom) || 1;
    return scale;
  };
  const seen = element => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length;
  const sizes = (value, name = '') => {
    if (name === 'size' && typeof value === 'number') return [value];
    if (!value || typeof value !== 'object' || ['marker', 'contours', 'x', 'y', 'z', 'line'].includes(name)) return [];
    return Object.entries(value).flatMap(([key, each]) => sizes(each, Array.isArray(value) ? name : key));
  };
  for (const root of document.querySelectorAll(selector)) {
    const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      const element = node.parentElement;
      if (!node.data.replace(/[\\s\\u200b]/g, '') || !seen(element)) continue;
      const size = parseFloat(getComputedStyle(element).fontSize) * scaleOf(element);
      note(size, `${element.tagName} ${node.data.trim().slice(0, 30)}`);
    }
    for (const image of root.querySelectorAll('.claim-panels img')) {
      if (!seen(image) || !image.naturalWidth) continue;
      const drawn = Math.min(image.clientWidth / image.naturalWidth, image.clientHeight / image.naturalHeight);
      const letters = [...atob(image.src.split(',')[1]).matchAll(/font-size="([\\d.]+)/g)].map(each => Number(each[1]));
      note(drawn * Math.min(...letters), 'picture of a claim');
    }
    for (const canvas of root.querySelectorAll('.live-sketch:not([hidden])')) {
      const { data, layout } = canvas.parentElement;
      if (!seen(canvas) || !layout) continue;
      const letters = [...sizes(layout), ...(data ?? []).flatMap(trace => sizes(trace.textfont?.size, 'size'))];
      note((canvas.clientWidth / layout.width) * Math.min(...letters), 'canvas');
    }
  }
  return least;
}"""
"""JavaScript: the size in px of the smallest letters that are seen in the elements of a selector, and whose they are:
those of the page, of Plotly, of the pictures of claims and of what is sketched on a canvas."""
