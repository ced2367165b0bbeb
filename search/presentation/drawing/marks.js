// Marks: elements, markers, lines and texts. ---------------------------------
const SPACE = "http://www.w3.org/2000/svg";
const DASHES = { dash: "6 4", dot: "2 3" };
const FONT = 13; // pixels
const LINE = 15; // pixels from a line of text to the next

function element(parent, name, attributes = {}, text = null) {
  const child = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) child.setAttribute(key, value);
  if (text !== null) child.textContent = text;
  parent.append(child);
  return child;
}

// Markup of figures has line breaks and bold words alone.
const parsed = (markup) => new DOMParser().parseFromString(markup, "text/html").body;
const lines = (markup) => String(markup).split("<br>").map((line) => parsed(line).textContent);

const pen = document.createElement("canvas").getContext("2d");
function widthOf(text, size = FONT) {
  pen.font = `${size}px system-ui, sans-serif`;
  return Math.max(...lines(text).map((line) => pen.measureText(line).width));
}

// Write lines of text, the first at y.
function write(parent, markup, x, y, attributes = {}) {
  const text = element(parent, "text", { x, y, ...attributes });
  if (markup.startsWith("<b>")) text.setAttribute("font-weight", 600);
  lines(markup).forEach((line, n) => element(text, "tspan", { x, dy: n ? LINE : 0 }, line));
  return text;
}

function corners(count, x, y, radius, inner = 1) {
  const points = [];
  for (let n = 0; n < count; n++) {
    const length = n % 2 ? radius * inner : radius;
    const angle = (2 * n * Math.PI) / count;
    points.push(`${(x + length * Math.sin(angle)).toFixed(2)},${(y - length * Math.cos(angle)).toFixed(2)}`);
  }
  return points.join(" ");
}

function square(x, y, half) {
  return `${x - half},${y - half} ${x + half},${y - half} ${x + half},${y + half} ${x - half},${y + half}`;
}

function cross(x, y, r) {
  const t = r / 3;
  const steps = [[-t, -r], [t, -r], [t, -t], [r, -t], [r, t], [t, t], [t, r], [-t, r], [-t, t], [-r, t], [-r, -t], [-t, -t]];
  return steps.map(([dx, dy]) => `${x + dx},${y + dy}`).join(" ");
}

const SHAPES = {
  star: (x, y, r) => corners(10, x, y, r, 0.45),
  diamond: (x, y, r) => corners(4, x, y, 1.2 * r),
  square: (x, y, r) => square(x, y, 0.8 * r),
  "triangle-up": (x, y, r) => corners(3, x, y, 1.25 * r),
  "triangle-down": (x, y, r) => corners(3, x, y, -1.25 * r),
  hexagon: (x, y, r) => corners(6, x, y, r),
  cross,
};

function mark(parent, x, y, { color, size = 6, symbol = "circle", opacity = 1, width = 1.5, edge = "none" }) {
  const radius = size / 2, shape = symbol.replace("-open", "");
  const hollow = symbol.endsWith("-open");
  const paint = hollow ? { fill: "none", stroke: color, "stroke-width": width } : { fill: color, stroke: edge };
  if (opacity < 1) paint.opacity = opacity;
  if (shape === "x-thin") {
    const d = `M${x - radius},${y - radius}L${x + radius},${y + radius}M${x - radius},${y + radius}L${x + radius},${y - radius}`;
    return element(parent, "path", { d, stroke: color, "stroke-width": width });
  }
  if (shape === "circle") return element(parent, "circle", { cx: x, cy: y, r: radius, ...paint });
  return element(parent, "polygon", { points: SHAPES[shape](x, y, radius), ...paint });
}

function stroke(line = {}) {
  const style = { fill: "none", stroke: line.color ?? "#888888", "stroke-width": line.width ?? 2 };
  return DASHES[line.dash] ? { ...style, "stroke-dasharray": DASHES[line.dash] } : style;
}

// Colour of a value between those of a scale.
function blend(scale, share) {
  const after = scale.findIndex(([at]) => at >= share);
  const [[low, from], [high, to]] = [scale[Math.max(0, after - 1)], scale[Math.max(0, after)]];
  const part = high > low ? (share - low) / (high - low) : 0;
  const channel = (color, n) => parseInt(color.slice(1 + 2 * n, 3 + 2 * n), 16);
  const mixed = [0, 1, 2].map((n) => Math.round(channel(from, n) + part * (channel(to, n) - channel(from, n))));
  return `rgb(${mixed.join()})`;
}

function colourOf({ coloraxis }, value) {
  const share = (value - coloraxis.cmin) / (coloraxis.cmax - coloraxis.cmin);
  return blend(coloraxis.colorscale, Math.min(1, Math.max(0, share)));
}

// Marker of the point n of a trace.
function markerOf({ marker }, layout, n) {
  const of = (value) => (Array.isArray(value) ? value[n] : value);
  const color = marker.coloraxis ? colourOf(layout, of(marker.color)) : (of(marker.color) ?? marker.line?.color);
  const symbol = of(marker.symbol) ?? "circle";
  const edge = marker.line?.color === "white" ? "var(--paper)" : "none";
  return { color, size: of(marker.size), symbol, opacity: marker.opacity, width: marker.line?.width ?? 1.5, edge };
}
