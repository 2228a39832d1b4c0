"""What is on the stage of the presenter mode, as the browser sees it."""

SMALLEST = """() => {
  const stage = document.querySelector('.present');
  let least = [Infinity, ''];
  const scaleOf = element => {
    let scale = 1;
    for (let at = element; at; at = at.parentElement) scale *= Number(getComputedStyle(at).zoom) || 1;
    return scale;
  };
  const seen = element => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length;
  const walk = document.createTreeWalker(stage, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !seen(element)) continue;
    const size = parseFloat(getComputedStyle(element).fontSize) * scaleOf(element);
    if (size < least[0]) least = [size, `${element.tagName} ${node.data.trim().slice(0, 30)}`];
  }
  for (const image of stage.querySelectorAll('.claim-panels img')) {
    const drawn = Math.min(image.clientWidth / image.naturalWidth, image.clientHeight / image.naturalHeight);
    const letters = [...atob(image.src.split(',')[1]).matchAll(/font-size="([\\d.]+)/g)].map(found => Number(found[1]));
    const size = drawn * Math.min(...letters);
    if (size < least[0]) least = [size, 'picture of a claim'];
  }
  for (const canvas of stage.querySelectorAll('canvas:not([hidden])')) {
    const plot = canvas.parentElement;
    const sizes = [];
    const look = (value, name = '') => {
      if (name === 'size' && typeof value === 'number') sizes.push(value);
      else if (value && typeof value === 'object' && !['marker', 'contours', 'x', 'y', 'z', 'line'].includes(name))
        for (const [key, each] of Object.entries(value)) look(each, Array.isArray(value) ? name : key);
    };
    look(plot.layout);
    for (const trace of plot.data ?? []) look(trace.textfont?.size, 'size');
    const ratio = canvas.clientWidth / (plot.layout?.width || canvas.clientWidth);
    const size = ratio * Math.min(...sizes);
    if (size < least[0]) least = [size, 'canvas'];
  }
  return least;
}"""
"""JavaScript: the size in px of the smallest letters on the stage as they are seen, and whose they are."""
