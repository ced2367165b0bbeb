// A figure: panels with their axes, marks, names and texts on hovering. --------
const TICK = 12; // pixels of a tick's text
let figures = 0; // makes the names of clips unique in the page

function panelsOf(figure, everything) {
  const { data, layout } = figure, axes = {}, panels = [];
  const axis = (id) => (axes[id] ??= axisOf(figure, id, everything));
  for (const trace of data) {
    const x = axis(trace.xaxis ?? "x"), y = axis(trace.yaxis ?? "y");
    let panel = panels.find((other) => other.x === x && other.y === y);
    if (!panel) panels.push((panel = { x, y, traces: [] }));
    panel.traces.push(trace);
  }
  // A panel without traces is drawn empty.
  for (const [key, { anchor = "y" }] of Object.entries(layout).filter(([key]) => key.startsWith("xaxis"))) {
    const [x, y] = [axis(`x${key.slice(5)}`), axis(anchor)];
    if (!panels.some((panel) => panel.x === x)) panels.push({ x, y, traces: [] });
  }
  for (const panel of panels) {
    panel.across = panel.x.options.domain ?? [0, 1];
    panel.up = panel.y.options.domain ?? [0, 1];
  }
  return panels;
}

// Room that titles and ticks take around the panels.
function marginsOf(panels, layout, width, height) {
  const margins = { left: 8, right: 12, top: 10, bottom: 8 };
  for (const panel of panels) {
    const { x, y } = panel;
    panel.yticks = y.ticks(Math.max(3, ((panel.up[1] - panel.up[0]) * height) / 60));
    panel.xticks = x.ticks(Math.max(3, ((panel.across[1] - panel.across[0]) * width) / 95));
    const wide = Math.max(0, ...panel.yticks.map(([, text]) => widthOf(text, TICK)));
    const title = y.options.visible === false ? "" : (y.options.title?.text ?? "");
    panel.ytitle = 15 + wide + (title ? LINE * (lines(title).length - 1) : 0);
    if (panel.across[0] === 0) margins.left = Math.max(margins.left, wide + 10 + (title ? LINE * lines(title).length + 8 : 0));
    const texts = panel.xticks.map(([, text]) => text);
    panel.slant = slanted(panel, width - margins.left);
    if (panel.slant) {
      const share = 0.5 / texts.length; // of the width, up to the first name's end
      margins.left = Math.max(margins.left, (0.82 * widthOf(texts[0], TICK) + 12 - share * width) / (1 - share));
    }
    const tall = panel.slant ? 0.6 * Math.max(...texts.map((text) => widthOf(text, TICK))) + 12 : LINE * Math.max(0, ...texts.map((text) => lines(text).length));
    panel.below = tall ? tall + 6 : 0;
    if (panel.up[0] < 0.01) margins.bottom = Math.max(margins.bottom, panel.below + (x.options.title?.text ? LINE + 8 : 0) + 4);
    const last = texts.at(-1);
    if (last && !panel.slant && panel.across[1] > 0.99) margins.right = Math.max(margins.right, Math.min(40, widthOf(last, TICK) / 2 + 2));
  }
  for (const note of (layout.annotations ?? []).filter(isTitle)) {
    if (note.y > 0.99) margins.top = Math.max(margins.top, LINE * lines(note.text).length + 10);
  }
  return margins;
}

// Names of categories that do not fit beside each other stand aslant.
function slanted({ x, xticks, across }, width) {
  if (!x.names.length && !x.options.ticktext) return false;
  const room = (width * (across[1] - across[0])) / Math.max(1, xticks.length);
  return xticks.some(([, text]) => widthOf(text, TICK) > room - 4);
}

function drawAxes(svg, panel) {
  const { area, x, y } = panel;
  const grid = (axis) => axis.options.showgrid !== false;
  for (const [value, text] of panel.xticks) {
    const at = panel.place(value, null)[0];
    if (at < area.left - 1 || at > area.right + 1) continue;
    if (grid(x)) element(svg, "line", { class: "grid", x1: at, x2: at, y1: area.top, y2: area.bottom });
    const top = area.bottom + 16;
    if (panel.slant) write(svg, lines(text).join(""), at + 4, top - 4, { "text-anchor": "end", "font-size": TICK, transform: `rotate(-35 ${at + 4} ${top - 4})` });
    else write(svg, text, at, top, { "text-anchor": "middle", "font-size": TICK });
  }
  for (const [value, text] of panel.yticks) {
    const at = panel.place(null, value)[1];
    if (at < area.top - 1 || at > area.bottom + 1) continue;
    if (grid(y)) element(svg, "line", { class: "grid", x1: area.left, x2: area.right, y1: at, y2: at });
    const first = at + 4 - (LINE / 2) * (lines(text).length - 1);
    write(svg, text, area.left - 6, first, { "text-anchor": "end", "font-size": TICK });
  }
  const middle = (area.left + area.right) / 2, centre = (area.top + area.bottom) / 2;
  if (x.options.title?.text) write(svg, x.options.title.text, middle, area.bottom + panel.below + LINE + 4, { "text-anchor": "middle" });
  if (y.options.title?.text) {
    const left = area.left - panel.ytitle;
    write(svg, y.options.title.text, left, centre, { "text-anchor": "middle", transform: `rotate(-90 ${left} ${centre})` });
  }
  if (y.options.visible !== false) element(svg, "rect", { class: "frame", x: area.left, y: area.top, width: area.right - area.left, height: area.bottom - area.top });
}

function drawShapes(plot, panel, layout) {
  const drawn = [];
  for (const shape of layout.shapes ?? []) {
    const x = panel.position(shape, "x"), y = panel.position(shape, "y");
    if (!x || !y) continue;
    if (shape.type === "rect") {
      const box = { x: Math.min(...x), y: Math.min(...y), width: Math.abs(x[1] - x[0]), height: Math.abs(y[1] - y[0]) };
      element(plot, "rect", { ...box, fill: shape.fillcolor, opacity: shape.opacity });
    } else element(plot, "line", { x1: x[0], y1: y[0], x2: x[1], y2: y[1], ...stroke(shape.line) });
    drawn.push({ x, y });
  }
  return drawn;
}

function drawTraces(plot, panel, layout) {
  const bars = panel.traces.filter((trace) => trace.type === "bar");
  const { area, x, y } = panel;
  const room = { x: (area.right - area.left) / (x.names.length || 1), y: (area.bottom - area.top) / (y.names.length || 1) };
  return panel.traces.flatMap((trace) => {
    if (trace.type === "bar") return drawBar(plot, trace, panel.place, room[trace.orientation === "h" ? "y" : "x"], [bars.indexOf(trace), bars.length]);
    if (trace.type === "box") return drawBox(plot, trace, panel.place, room.y);
    return drawScatter(plot, trace, layout, panel.place);
  });
}

function locate(panel, whole) {
  const wide = whole.right - whole.left, high = whole.bottom - whole.top;
  const area = {
    left: whole.left + panel.across[0] * wide, right: whole.left + panel.across[1] * wide,
    top: whole.bottom - panel.up[1] * high, bottom: whole.bottom - panel.up[0] * high,
  };
  panel.area = area;
  const inside = { x: (share) => area.left + share * (area.right - area.left), y: (share) => area.bottom - share * (area.bottom - area.top) };
  panel.place = (x, y) => [x === null ? 0 : inside.x(panel.x.at(x)), y === null ? 0 : inside.y(panel.y.at(y))];
  panel.position = (shape, letter) => {
    const [id, domain] = (shape[`${letter}ref`] ?? letter).split(" ");
    if (id !== panel[letter].id) return null;
    return [shape[`${letter}0`], shape[`${letter}1`]].map((value) => inside[letter](domain ? value : panel[letter].at(value)));
  };
}

// Draw a figure into an empty element; return the number of markers outside the panels.
function drawFigure(box, figure, width, everything) {
  const { layout } = figure;
  const height = layout.height ?? Math.round(Math.min(620, Math.max(360, 0.62 * width)));
  const svg = element(box, "svg", { viewBox: `0 0 ${width} ${height}`, width, height });
  const panels = panelsOf(figure, everything);
  const margins = marginsOf(panels, layout, width, height);
  const whole = { left: margins.left, right: width - margins.right, top: margins.top, bottom: height - margins.bottom };
  const dots = [];
  let outside = 0;
  figures += 1;
  panels.forEach((panel, number) => {
    panel.first = number === 0;
    locate(panel, whole);
    const { area } = panel, id = `area-${figures}-${number}`;
    drawAxes(svg, panel);
    const size = { x: area.left, y: area.top, width: area.right - area.left, height: area.bottom - area.top };
    element(element(svg, "clipPath", { id }), "rect", size);
    const plot = element(svg, "g", { class: "plot", "clip-path": `url(#${id})` });
    drawShapes(plot, panel, layout);
    const shown = (dot) => dot.x >= area.left && dot.x <= area.right && dot.y >= area.top && dot.y <= area.bottom;
    const points = drawTraces(plot, panel, layout);
    const seen = points.filter(shown);
    outside += points.length - seen.length;
    dots.push(...seen);
    const taken = seen.map(({ x, y, radius }) => [x - radius, y - radius, x + radius, y + radius]);
    const texts = element(svg, "g");
    drawNotes(texts, panel, layout, whole, taken);
    // The first and the last member are the ends of the front: their names come first.
    const named = seen.filter((dot) => dot.name);
    for (const dot of [named[0], named.at(-1), ...named.slice(1, -1)].slice(0, named.length)) {
      writeFree(write(texts, dot.name, 0, 0, { class: "name" }), around(dot), taken, area);
    }
  });
  follow(box, svg, dots.filter((dot) => dot.text), width);
  return outside;
}
