// Traces in a panel. Each returns the points that a pointer meets. -------------
function drawScatter(plot, trace, layout, place) {
  const mode = trace.mode ?? "lines+markers";
  const points = trace.x.map((x, n) => (x === null || trace.y[n] === null ? null : place(x, trace.y[n])));
  const group = element(plot, "g", trace.opacity === undefined ? {} : { opacity: trace.opacity });
  if (mode.includes("lines")) {
    const hv = trace.line?.shape === "hv";
    const steps = points.map((point, n) => {
      if (!point) return "";
      if (!n || !points[n - 1]) return `M${point.join()}`;
      return hv ? `H${point[0]}V${point[1]}` : `L${point.join()}`;
    });
    const style = stroke({ ...trace.line, color: trace.line?.color ?? trace.marker?.color });
    element(group, "path", { d: steps.join(""), ...style });
  }
  for (const axis of ["x", "y"]) drawErrors(group, trace, axis, place);
  if (!mode.includes("markers")) return [];
  const dots = [];
  points.forEach((point, n) => {
    if (!point) return;
    const style = markerOf({ marker: trace.marker ?? { color: trace.line.color } }, layout, n);
    mark(group, ...point, { ...style, color: style.color ?? trace.line?.color });
    dots.push({ x: point[0], y: point[1], radius: style.size / 2, text: hoverOf(trace, n), name: mode.includes("text") ? trace.text[n] : "" });
  });
  return dots;
}

function hoverOf(trace, n) {
  if (trace.hoverinfo === "skip") return "";
  return trace.hovertext?.[n] ?? trace.name ?? "";
}

function drawErrors(group, trace, axis, place) {
  const error = trace[`error_${axis}`];
  if (!error) return;
  const below = error.arrayminus ?? error.array;
  trace[axis].forEach((value, n) => {
    if (!(error.array[n] || below[n])) return;
    const ends = [value - below[n], value + error.array[n]].map((end) => (axis === "x" ? place(end, trace.y[n]) : place(trace.x[n], end)));
    const shift = error.shift?.(n) ?? 0;
    element(group, "line", {
      x1: ends[0][0] + shift, y1: ends[0][1], x2: ends[1][0] + shift, y2: ends[1][1],
      stroke: error.color, "stroke-width": 1, "stroke-opacity": 0.75,
    });
  });
}

const BARS = 0.8; // share of a category's room

function drawBar(plot, trace, place, unit, [index, count]) {
  const across = trace.orientation === "h";
  const names = across ? trace.y : trace.x, values = across ? trace.x : trace.y;
  const thick = (BARS * unit) / count, shift = -0.5 * BARS * unit + index * thick;
  const dots = [];
  names.forEach((name, n) => {
    if (values[n] === null) return;
    const [x0, y0] = across ? place(0, name) : place(name, 0);
    const [x1, y1] = across ? place(values[n], name) : place(name, values[n]);
    const side = across
      ? { x: Math.min(x0, x1), width: Math.abs(x1 - x0), y: y0 + shift, height: thick }
      : { x: x0 + shift, width: thick, y: Math.min(y0, y1), height: Math.abs(y1 - y0) };
    element(plot, "rect", { ...side, fill: trace.marker.color });
    dots.push({ x: side.x + side.width / 2, y: side.y + side.height / 2, radius: 0, text: hoverOf(trace, n) });
  });
  const error = trace.error_y && { ...trace.error_y, shift: () => shift + thick / 2 };
  drawErrors(plot, { ...trace, error_y: error }, "y", place);
  return dots;
}

function quantile(sorted, share) {
  const at = share * (sorted.length - 1), low = Math.floor(at);
  return sorted[low] + (at - low) * (sorted[Math.min(low + 1, sorted.length - 1)] - sorted[low]);
}

const BOX = 0.32; // half of a box's height, as a share of a category's room

function drawBox(plot, trace, place, unit) {
  if (!trace.x.length) return [];
  const sorted = [...trace.x].sort((a, b) => a - b), name = trace.y[0];
  const [first, median, third] = [0.25, 0.5, 0.75].map((share) => quantile(sorted, share));
  const reach = 1.5 * (third - first);
  const inside = sorted.filter((value) => value >= first - reach && value <= third + reach);
  const at = (value) => place(value, name)[0], y = place(median, name)[1], half = BOX * unit;
  const line = { stroke: trace.marker.color, "stroke-width": trace.line.width };
  const box = { x: at(first), width: at(third) - at(first), y: y - half, height: 2 * half };
  element(plot, "rect", { ...box, fill: trace.fillcolor, ...line });
  element(plot, "line", { x1: at(median), x2: at(median), y1: y - half, y2: y + half, ...line });
  for (const [from, to] of [[inside[0], first], [third, inside.at(-1)]]) {
    element(plot, "line", { x1: at(from), x2: at(to), y1: y, y2: y, ...line });
  }
  // Seeds of equal values lie apart: each has a height of its own.
  return trace.x.map((value, n) => {
    const [x, height] = [at(value), y + half * 0.7 * (((n * 0.618) % 1) * 2 - 1)];
    mark(plot, x, height, { ...trace.marker });
    return { x, y: height, radius: trace.marker.size / 2, text: hoverOf(trace, n) };
  });
}
