// Frame -> Plotly figures. Pure: nothing here touches the page.
// A chart has: title, hint (what to look for), needs (arrays), uses (parts of the header) and figure(frame, look) ->
// {data, layout}. A look holds: theme, methods (those shown, with their index and colour), width, height, quantity, range.

const here = new URL(import.meta.url);
const { part } = await import(new URL("frame.js" + here.search, here).href);
const { faded } = await import(new URL("theme.js" + here.search, here).href);

const SIZE = 13; // px; readable on a projector
const MARGIN = { l: 58, r: 66, t: 10, b: 44 };
const QUANTITIES = {
  weight_gradient: "mean |dL/dW|",
  error_signal: "RMS dL/dx",
};

export const CHARTS = {
  loss: {
    title: "Training loss",
    hint: (header) =>
      `Does it leave the dotted line of guessing? Each point: mean over ${counted(header.bucket, "minibatch")}${seeds(header)}.`,
    needs: ["loss_steps", "loss"],
    uses: clock,
    figure: (frame, look) => curves(frame, look, "loss", { range: [0, lossTop(frame)], title: { text: "cross-entropy (nats)" } }),
  },
  accuracy: {
    title: "Test accuracy",
    hint: (header) => `Which network has learned something that holds for unseen examples?${seeds(header)}`,
    needs: ["accuracy_steps", "accuracy"],
    uses: clock,
    figure: (frame, look) =>
      curves(frame, look, "accuracy", { range: [0, 1.02], tickformat: ".0%", dtick: 0.2, title: { text: "share correct" } }),
  },
  gradient: {
    title: "Gradient by layer",
    hint: () => "A level line means every layer learns; one that falls to the left, a gradient that vanishes on its way down.",
    needs: ["weight_gradient", "error_signal"],
    uses: (header) => [header.decades, header.depth],
    quantities: QUANTITIES,
    figure: (frame, look) =>
      byLayer(frame, look, look.quantity, {
        type: "log",
        range: margin(frame.header.decades[look.quantity], 0.1),
        title: { text: QUANTITIES[look.quantity] },
        exponentformat: "power",
        dtick: Math.max(1, Math.ceil(spanOf(frame.header.decades[look.quantity]) / 6)),
        minor: { ticks: "" },
      }),
  },
  gradient_map: {
    title: "Gradient over time",
    hint: () => "Mean |dL/dW|, input layer at the bottom: do the lower layers stay bright while the network trains?",
    needs: ["gradient_map"],
    uses: (header) => [header.decades, ...clock(header)],
    figure: gradientMap,
  },
  information: {
    title: "Information by layer",
    hint: () => "Entropy of each neuron's output: 1 when it uses all 30 levels equally, 0 when it says one thing only.",
    needs: ["entropy"],
    uses: (header) => [header.depth],
    figure: (frame, look) => byLayer(frame, look, "entropy", { range: [0, 1.04], dtick: 0.2, title: { text: "entropy / ln 30" } }),
  },
  gain: {
    title: "Gain of the neurons",
    hint: (header) => `How steep is each tanh? Plain stays at 1. ${layerName(header)}, each scaled to its own peak.`,
    needs: ["gain"],
    uses: (header) => [header.gain, header.layer],
    figure: (frame, look) =>
      histogram(frame, look, "gain", {
        type: "log",
        range: frame.header.gain,
        title: { text: "effective gain" },
        exponentformat: "power",
        dtick: 1,
      }),
  },
  bias: {
    title: "Bias of the neurons",
    hint: (header) => `How far is each tanh moved? ${layerName(header)}, each scaled to its own peak.`,
    needs: ["bias"],
    uses: (header) => [header.bias, header.layer],
    figure: (frame, look) =>
      histogram(frame, look, "bias", { range: [-frame.header.bias, frame.header.bias], title: { text: "effective bias" } }),
  },
  activity: {
    title: "Activity of the neurons",
    hint: (header) => `A flat outline uses every level; a peak at 0 says nothing, peaks at ±1 are saturated. ${layerName(header)}.`,
    needs: ["activity"],
    uses: (header) => [header.layer],
    figure: activity,
  },
  surface: {
    title: "Decision surface",
    hint: () => "What each network answers at every point of the plane, and the training data over it: do the two shapes agree?",
    needs: ["surface", "points"],
    uses: (header) => [header.extent],
    figure: surface,
  },
};

function counted(count, noun) {
  return count === 1 ? `one ${noun}` : `${count} ${noun}es`;
}

function seeds(header) {
  return header.seeds > 1 ? ` Line: mean of ${header.seeds} seeds; band: lowest to highest` : "";
}

function layerName(header) {
  return header.layer === null ? "All layers" : `Layer ${header.layer + 1}`;
}

function clock(header) {
  return [header.horizon, header.asked === null ? null : header.step, header.marks, header.diverged, header.chance];
}

function spanOf([low, high]) {
  return high - low;
}

function margin([low, high], share) {
  return [low - share, high + share];
}

/** Ends of the loss axis: guessing's loss with room above it, and more if the curves need it, up to three times. */
function lossTop({ header, arrays }) {
  const base = 1.2 * header.chance.loss;
  let top = base;
  for (const value of arrays.loss.values) if (value > top) top = value;
  return Math.min(1.05 * top, 3 * header.chance.loss);
}

function axis(look, more) {
  const { text, grid, line } = look.theme;
  const { title, ...rest } = more;
  return {
    gridcolor: grid, linecolor: line, zerolinecolor: line, zeroline: false, showline: true, ticks: "outside", tickcolor: line,
    ticklen: 4, tickfont: { size: SIZE, color: text }, automargin: false, autorange: false,
    ...(title ? { title: { standoff: 6, font: { size: SIZE, color: text }, ...title } } : {}),
    ...rest,
  };
}

function layout(look, more) {
  const { theme } = look;
  return {
    width: look.width, height: look.height, autosize: false, margin: MARGIN, showlegend: false, uirevision: look.revision,
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", dragmode: look.touch ? false : "zoom", hovermode: "closest",
    font: { family: theme.font, size: SIZE, color: theme.text },
    hoverlabel: { bgcolor: theme.background, bordercolor: theme.line, font: { size: SIZE, color: theme.text, family: theme.font } },
    ...more,
  };
}

/** Lines over steps with bands, chance, marks, the moment and the values at it. */
function curves(frame, look, name, yaxis) {
  const { header, arrays } = frame;
  const steps = Array.from(arrays[`${name}_steps`].values);
  const rows = arrays[name].shape[1];
  const data = [];
  const ends = [];
  const accuracy = name === "accuracy";
  const shown = accuracy ? (value) => `${(100 * value).toFixed(1)} %` : (value) => value.toPrecision(3);
  let at = steps.length - 1;
  if (header.asked !== null) while (at > 0 && steps[at] > header.step) at -= 1;
  for (const method of look.methods) {
    const [mean, low, high] = Array.from({ length: rows }, (_, row) => known(part(arrays[name], method.index, row)));
    if (rows > 1) {
      const edge = { x: steps, mode: "lines", line: { width: 0 }, hoverinfo: "skip", connectgaps: false };
      data.push({ ...edge, y: low }, { ...edge, y: high, fill: "tonexty", fillcolor: faded(method.color, 0.18) });
    }
    data.push({
      x: steps, y: mean, name: method.label, mode: steps.length > 1 ? "lines" : "markers",
      line: { color: method.color, dash: method.dash, width: 2.5 }, marker: { color: method.color, symbol: method.symbol, size: 8 },
      hovertemplate: accuracy ? "%{y:.1%}" : "%{y:.3g}",
    });
    let last = at;
    while (last >= 0 && mean[last] === null) last -= 1;
    if (last >= 0) ends.push({ x: steps[last], y: mean[last], text: shown(mean[last]), color: method.color });
    data.push(...divergences(header, method, steps, mean));
  }
  const range = look.range?.yaxis ?? yaxis.range;
  return {
    data,
    layout: layout(look, {
      hovermode: look.touch ? false : "x unified",
      xaxis: axis(look, { range: [0, header.horizon], title: { text: "step" }, tickformat: ",d", nticks: 6, hoverformat: ",d" }),
      yaxis: axis(look, yaxis),
      shapes: [level(look, header.chance[name]), ...marks(header, look), ...moment(header, look)],
      annotations: [
        {
          xref: "paper", x: 0.01, xanchor: "left", y: header.chance[name], yanchor: "bottom", showarrow: false,
          text: `guessing ${shown(header.chance[name])}`, font: { size: 12, color: look.theme.grey },
        },
        ...markNames(header, look),
        ...apart(ends, range, look),
      ],
    }),
  };
}

function known(values) {
  return values && Array.from(values, (value) => (Number.isFinite(value) ? value : null));
}

/** A cross where replicas of a method diverged. */
function divergences(header, method, steps, mean) {
  const mine = header.diverged.filter(([, name]) => name === method.name);
  if (!mine.length) return [];
  const heights = mine.map(([step]) => {
    let at = steps.findIndex((other) => other >= step);
    if (at < 0) at = steps.length - 1;
    while (at > 0 && mean[at] === null) at -= 1;
    return mean[at] ?? null;
  });
  return [
    {
      x: mine.map(([step]) => step), y: heights, mode: "markers", cliponaxis: false,
      marker: { symbol: "x-thin", size: 12, line: { width: 3, color: method.color } },
      text: mine.map(([step, , seed]) => `${method.label}, seed ${seed}: diverged at step ${step}`), hovertemplate: "%{text}<extra></extra>",
    },
  ];
}

function level(look, y) {
  return { type: "line", xref: "paper", x0: 0, x1: 1, y0: y, y1: y, line: { color: look.theme.grey, width: 1.5, dash: "1px,4px" } };
}

function upright(step, line) {
  return { type: "line", x0: step, x1: step, yref: "paper", y0: 0, y1: 1, line };
}

function marks(header, look) {
  return header.marks.map(([step]) => upright(step, { color: look.theme.line, width: 1.5 }));
}

/** Names of the marks along their lines; of marks too close to tell apart, the newest. */
function markNames(header, look) {
  const wide = (17 * header.horizon) / Math.max(1, look.width - MARGIN.l - MARGIN.r);
  const named = [];
  for (const [step, text] of [...header.marks].reverse()) {
    if (named.every((other) => Math.abs(other.step - step) >= wide)) named.push({ step, text });
  }
  return named.map(({ step, text }) => ({
    x: step, yref: "paper", y: 1, text, textangle: -90, showarrow: false, xanchor: "right", yanchor: "top",
    font: { size: 12, color: look.theme.text }, bgcolor: faded(look.theme.background, 0.7), borderpad: 1,
  }));
}

function moment(header, look) {
  return header.asked === null ? [] : [upright(header.step, { color: look.theme.text, width: 1.5 })];
}

/** Values at the ends of lines, moved apart until none covers another. */
function apart(ends, [low, high], look) {
  const inner = look.height - MARGIN.t - MARGIN.b;
  const pixel = (y) => inner * (1 - Math.min(1, Math.max(0, (y - low) / (high - low))));
  const gap = SIZE + 4;
  const sorted = ends.map((end) => ({ ...end, at: pixel(end.y), to: pixel(end.y) })).sort((a, b) => a.at - b.at);
  for (let round = 0; round < 20; round += 1) {
    for (let i = 1; i < sorted.length; i += 1) {
      const lack = gap - (sorted[i].to - sorted[i - 1].to);
      if (lack > 0) {
        sorted[i - 1].to -= lack / 2;
        sorted[i].to += lack / 2;
      }
    }
  }
  return sorted.map(({ x, text, color, to }) => ({
    x, yref: "paper", y: Math.min(1, Math.max(0, 1 - to / inner)), xanchor: "left", yanchor: "middle", xshift: 5, showarrow: false,
    text: `<b>${text}</b>`, font: { size: SIZE, color }, bgcolor: faded(look.theme.background, 0.6), borderpad: 0,
  }));
}

function byLayer(frame, look, name, yaxis) {
  const { header, arrays } = frame;
  const layers = Array.from({ length: header.depth }, (_, index) => index + 1);
  const data = !arrays[name] ? [] : look.methods.map((method) => ({
    x: layers,
    y: known(part(arrays[name], method.index)).map((value) => (yaxis.type === "log" && !(value > 0) ? null : value)),
    name: method.label, mode: "lines+markers", cliponaxis: false,
    line: { color: method.color, dash: method.dash, width: 2.5 },
    marker: { color: method.color, symbol: method.symbol, size: header.depth > 25 ? 6 : 9 },
    hovertemplate: "%{y:.3g}",
  }));
  return {
    data,
    layout: layout(look, {
      margin: { ...MARGIN, r: 20 },
      hovermode: look.touch ? false : "x unified",
      xaxis: layerAxis(header, look),
      yaxis: axis(look, yaxis),
    }),
  };
}

function layerAxis(header, look, more = {}) {
  return axis(look, {
    range: [0.5, header.depth + 0.5], title: { text: "hidden layer (1: input side)" }, ...layerTicks(header.depth), showgrid: true,
    hoverformat: "d", ...more,
  });
}

function layerTicks(depth) {
  const stride = depth <= 10 ? 1 : depth <= 20 ? 2 : 10;
  const ticks = Array.from({ length: depth }, (_, index) => index + 1).filter((layer) => layer === 1 || layer % stride === 0);
  return { tickmode: "array", tickvals: ticks };
}

/** Outlines of shares over bins, each scaled to its own highest one. */
function histogram(frame, look, name, xaxis) {
  const [low, high] = frame.header.edges[name];
  return outlines(frame, look, name, {
    center: (at) => (xaxis.type === "log" ? 10 ** (low + (high - low) * at) : low + (high - low) * at),
    scaled: true,
    xaxis,
    yaxis: { range: [0, 1.05], showticklabels: false, title: { text: "share of neurons, scaled" }, ticks: "" },
  });
}

function activity(frame, look) {
  const even = 1 / (frame.arrays.activity?.shape[1] ?? 30);
  const figure = outlines(frame, look, "activity", {
    center: (at) => 2 * at - 1,
    scaled: false,
    xaxis: { range: [-1.02, 1.02], title: { text: "output y of the neurons" }, dtick: 0.5 },
    yaxis: { range: [0, 6 * even], tickformat: ".0%", title: { text: "share of outputs" } },
  });
  figure.layout.shapes = [level(look, even)];
  return figure;
}

function outlines(frame, look, name, { center, scaled, xaxis, yaxis }) {
  const array = frame.arrays[name];
  const data = !array ? [] : look.methods.map((method) => {
    const shares = part(array, method.index);
    const top = scaled ? shares.reduce((a, b) => Math.max(a, b), 0) || 1 : 1;
    return {
      x: Array.from(shares, (_, bin) => center((bin + 0.5) / shares.length)),
      y: Array.from(shares, (share) => share / top),
      customdata: Array.from(shares), name: method.label, mode: "lines", fill: "tozeroy", fillcolor: faded(method.color, 0.13),
      line: { color: method.color, dash: method.dash, width: 2, shape: "hvh" }, hovertemplate: `%{x:.3g}: %{customdata:.1%}`,
    };
  });
  return { data, layout: layout(look, { margin: { ...MARGIN, r: 20 }, xaxis: axis(look, xaxis), yaxis: axis(look, yaxis) }) };
}

/** Places of small multiples: one row, or two where a panel would be too narrow. */
function panels(count, look, least, right) {
  const inner = look.width - MARGIN.l - right;
  const columns = Math.max(1, count * least <= inner ? count : Math.ceil(count / 2));
  const rows = Math.max(1, Math.ceil(count / columns));
  const gapX = 18 / inner;
  const gapY = 46 / (look.height - 70);
  const wide = (1 - gapX * (columns - 1)) / columns;
  const tall = (1 - gapY * (rows - 1)) / rows;
  return Array.from({ length: Math.max(1, count) }, (_, index) => {
    const column = index % columns;
    const row = Math.floor(index / columns);
    const left = column * (wide + gapX);
    const top = 1 - row * (tall + gapY);
    return {
      x: [left, left + wide], y: [Math.max(0, top - tall), top], first: column === 0, last: row === rows - 1 || index + columns >= count,
      suffix: index ? String(index + 1) : "",
    };
  });
}

function panelName(method, place, text) {
  return {
    xref: "paper", yref: "paper", x: (place.x[0] + place.x[1]) / 2, y: place.y[1], yanchor: "bottom", showarrow: false,
    text: `<b>${text}</b>`, font: { size: SIZE, color: method.color },
  };
}

function gradientMap(frame, look) {
  const { header, arrays } = frame;
  const [low, high] = header.decades.weight_gradient;
  const [, depth, columns] = arrays.gradient_map.shape;
  const places = panels(look.methods.length, look, 130, 86);
  const x = Array.from({ length: columns }, (_, column) => ((column + 0.5) * header.horizon) / columns);
  const y = Array.from({ length: depth }, (_, layer) => layer + 1);
  const more = { margin: { l: MARGIN.l, r: 86, t: 26, b: MARGIN.b }, annotations: [], shapes: [] };
  const ticks = Array.from({ length: high - low + 1 }, (_, index) => low + index).filter((at) => (high - at) % Math.ceil((high - low) / 6) === 0);
  more.coloraxis = {
    colorscale: "Viridis", cmin: low, cmax: high,
    colorbar: {
      thickness: 14, outlinewidth: 0, tickvals: ticks, ticktext: ticks.map((at) => `10<sup>${String(at).replace("-", "−")}</sup>`),
      tickfont: { size: SIZE, color: look.theme.text }, x: 1.01, xpad: 4,
    },
  };
  const data = look.methods.map((method, index) => {
    const place = places[index];
    const cells = part(arrays.gradient_map, method.index);
    const z = y.map((_, layer) =>
      Array.from(cells.subarray(layer * columns, (layer + 1) * columns), (cell) => (cell === 255 ? null : low + ((high - low) * cell) / 254)),
    );
    more[`xaxis${place.suffix}`] = axis(look, {
      domain: place.x, anchor: `y${place.suffix}`, range: [0, header.horizon], tickformat: ",d", nticks: 4, showgrid: false,
      showticklabels: place.last, ...(place.last ? { title: { text: "step" } } : {}),
    });
    more[`yaxis${place.suffix}`] = layerAxis(header, look, {
      domain: place.y, anchor: `x${place.suffix}`, title: { text: place.first ? "hidden layer" : "" }, showgrid: false, showticklabels: place.first,
    });
    more.annotations.push(panelName(method, place, method.label));
    if (header.asked !== null) {
      more.shapes.push({
        type: "line", xref: `x${place.suffix}`, yref: `y${place.suffix} domain`, x0: header.step, x1: header.step, y0: 0, y1: 1,
        line: { color: look.theme.text, width: 1.5 },
      });
    }
    return {
      type: "heatmap", x, y, z, xaxis: `x${place.suffix}`, yaxis: `y${place.suffix}`, coloraxis: "coloraxis", hoverongaps: false,
      hovertemplate: `${method.label}<br>step %{x:,.0f}, layer %{y}<br>10^%{z:.1f}<extra></extra>`,
    };
  });
  return { data, layout: layout(look, more) };
}

function surface(frame, look) {
  const { header, arrays } = frame;
  const [x0, x1, y0, y1] = header.extent ?? [-1, 1, -1, 1];
  const side = arrays.surface?.shape[1] ?? 0;
  const places = panels(look.methods.length, look, 170, 86);
  const along = (low, high) => Array.from({ length: side }, (_, cell) => low + ((high - low) * (cell + 0.5)) / side);
  const more = { margin: { l: MARGIN.l, r: 86, t: 26, b: 30 }, annotations: [] };
  more.coloraxis = {
    colorscale: "Cividis", cmin: 0, cmax: 1,
    colorbar: {
      thickness: 14, outlinewidth: 0, tickvals: [0, 0.5, 1], tickformat: ".0%", tickfont: { size: SIZE, color: look.theme.text }, x: 1.01, xpad: 4,
      title: { text: "class 1", side: "top", font: { size: SIZE } },
    },
  };
  const dots = arrays.points?.values ?? new Float32Array();
  const of = (wanted, offset) => Array.from({ length: dots.length / 3 }, (_, dot) => dot).filter((dot) => dots[3 * dot + 2] === wanted).map((dot) => dots[3 * dot + offset]);
  const data = [];
  look.methods.forEach((method, index) => {
    const place = places[index];
    const axes = { xaxis: `x${place.suffix}`, yaxis: `y${place.suffix}` };
    more[`xaxis${place.suffix}`] = axis(look, { domain: place.x, anchor: `y${place.suffix}`, range: [x0, x1], showgrid: false, nticks: 5, constrain: "domain" });
    more[`yaxis${place.suffix}`] = axis(look, {
      domain: place.y, anchor: `x${place.suffix}`, range: [y0, y1], showgrid: false, nticks: 5, scaleanchor: `x${place.suffix}`, constrain: "domain",
      showticklabels: place.first,
    });
    more.annotations.push(panelName(method, place, method.label));
    if (!side) return;
    const cells = part(arrays.surface, method.index);
    const z = Array.from({ length: side }, (_, row) => Array.from(cells.subarray(row * side, (row + 1) * side), (cell) => cell / 100));
    data.push({ type: "heatmap", x: along(x0, x1), y: along(y0, y1), z, ...axes, coloraxis: "coloraxis", hovertemplate: "%{z:.0%}<extra></extra>" });
    for (const [wanted, symbol, color, edge] of [[0, "circle", "#00224e", "#ffffff"], [1, "square", "#fee838", "#000000"]]) {
      data.push({
        x: of(wanted, 0), y: of(wanted, 1), ...axes, mode: "markers", hoverinfo: "skip",
        marker: { symbol, color, size: 5, line: { color: edge, width: 0.8 } },
      });
    }
  });
  return { data, layout: layout(look, more) };
}
