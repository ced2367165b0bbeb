// The page: every figure is drawn at once, and again when its width changes. ---
const PAPER = 680; // pixels: the width of A4 and of Letter within the margins of the style
const LEAST = 280; // pixels

function legend(list, { data, layout }) {
  if (layout.showlegend === false) return;
  const seen = new Set();
  for (const trace of data) {
    const key = trace.legendgroup ?? trace.name;
    if (!trace.name || trace.showlegend === false || seen.has(key)) continue;
    seen.add(key);
    const entry = document.createElement("li");
    const sample = element(entry, "svg", { width: 18, height: 16, viewBox: "0 0 18 16" });
    sampleOf(sample, trace, layout);
    entry.append(parsed(trace.name).textContent);
    list.append(entry);
  }
  if (layout.coloraxis) list.append(colourBar(layout.coloraxis));
}

function sampleOf(svg, trace, layout) {
  const mode = trace.mode ?? "";
  if (trace.type === "bar") return element(svg, "rect", { x: 2, y: 2, width: 14, height: 12, fill: trace.marker.color });
  if (mode.includes("lines")) element(svg, "line", { x1: 0, x2: 18, y1: 8, y2: 8, ...stroke({ ...trace.line, color: trace.line?.color ?? trace.marker?.color }) });
  if (mode.includes("markers")) {
    const style = markerOf({ marker: trace.marker ?? { color: trace.line.color } }, layout, 0);
    mark(svg, 9, 8, { ...style, color: style.color ?? trace.line?.color, size: Math.min(style.size ?? 6, 14), opacity: 1 });
  }
}

function colourBar(axis) {
  const entry = document.createElement("li");
  const bar = document.createElementNS(SPACE, "svg");
  for (const [key, value] of Object.entries({ width: 120, height: 12, viewBox: "0 0 120 12" })) bar.setAttribute(key, value);
  for (let n = 0; n < 24; n++) element(bar, "rect", { x: 5 * n, y: 0, width: 5.2, height: 12, fill: blend(axis.colorscale, n / 23) });
  entry.append(`${axis.colorbar.title.text}: ${axis.cmin.toPrecision(2)} `, bar, ` ${axis.cmax.toPrecision(2)}`);
  return entry;
}

function showFigure(box) {
  const figure = JSON.parse(document.getElementById(box.dataset.figure).textContent);
  const list = document.createElement("ul"), drawing = document.createElement("div");
  list.className = "legend";
  drawing.className = "drawing";
  box.replaceChildren(list, drawing);
  legend(list, figure);
  let everything = false;
  const draw = (width) => {
    drawing.replaceChildren();
    return drawFigure(drawing, figure, Math.max(LEAST, width), everything);
  };
  const outside = draw(box.clientWidth);
  if (outside) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = `Show all: ${outside} more outside this range`;
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      everything = !everything;
      button.setAttribute("aria-pressed", everything);
      draw(box.clientWidth);
    });
    box.append(button);
  }
  let width = box.clientWidth;
  new ResizeObserver(() => {
    if (box.clientWidth === width || matchMedia("print").matches) return;
    width = box.clientWidth;
    draw(width);
  }).observe(box);
  addEventListener("beforeprint", () => draw(PAPER));
  addEventListener("afterprint", () => draw(box.clientWidth));
}

document.querySelectorAll("[data-figure]").forEach(showFigure);

// Folded words are for paper, too.
const words = [...document.querySelectorAll("details.words:not([open])")];
addEventListener("beforeprint", () => words.forEach((each) => (each.open = true)));
addEventListener("afterprint", () => words.forEach((each) => (each.open = false)));

// A table that is wider than the page is marked.
const wide = new ResizeObserver((entries) => {
  for (const { target } of entries) target.classList.toggle("scrolls", target.scrollWidth > target.clientWidth + 1);
});
document.querySelectorAll(".wide").forEach((table) => wide.observe(table));
