"use strict";
(() => {
  const SPACE = "http://www.w3.org/2000/svg";
  const box = document.getElementById("drawing");
  const { data, layout } = JSON.parse(document.getElementById("figure").textContent);
  const NEAR = 24; // pixels within which a pointer meets a marker
  let everything = false;
  let tip = null;

  function element(parent, name, attributes = {}, text = null) {
    const made = document.createElementNS(SPACE, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== null) made.textContent = text;
    parent.append(made);
    return made;
  }

  // Ranges -------------------------------------------------------------------
  function extent(axis) {
    const shown = layout[`${axis}axis`].range;
    if (!everything) return shown;
    const values = data.flatMap((trace) => trace[axis]).concat(shown);
    const low = Math.min(...values), high = Math.max(...values);
    const margin = 0.04 * (high - low);
    return [low - margin, high + margin];
  }

  function ticks([low, high], count) {
    const raw = (high - low) / count;
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= raw);
    const digits = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9) + (step / power === 2.5 ? 1 : 0));
    const values = [];
    for (let n = Math.ceil(low / step - 1e-9); n * step <= high + 1e-9 * step; n++) values.push(n * step);
    return values.map((value) => [value, value.toFixed(digits)]);
  }

  // Marks --------------------------------------------------------------------
  function star(x, y, radius) {
    const corners = [];
    for (let n = 0; n < 10; n++) {
      const length = n % 2 ? radius * 0.45 : radius;
      corners.push(`${x + length * Math.sin((n * Math.PI) / 5)},${y - length * Math.cos((n * Math.PI) / 5)}`);
    }
    return corners.join(" ");
  }

  function mark(parent, x, y, { color, size, symbol = "circle" }) {
    const hollow = symbol.endsWith("-open");
    const paint = { fill: hollow ? "none" : color, stroke: color, "stroke-width": hollow ? 1.5 : 0.5 };
    const radius = size / 2;
    if (symbol.startsWith("star")) return element(parent, "polygon", { points: star(x, y, radius), ...paint });
    if (symbol.startsWith("diamond")) {
      const points = `${x},${y - radius} ${x + radius},${y} ${x},${y + radius} ${x - radius},${y}`;
      return element(parent, "polygon", { points, ...paint });
    }
    return element(parent, "circle", { cx: x, cy: y, r: radius, ...paint });
  }

  const DASHES = { dash: "6 4", dot: "2 3" };

  // Names: each at the first of its positions that covers no marker and no other name. ----------
  function place(text, positions, taken, area) {
    for (const [x, y, anchor] of positions) {
      text.setAttribute("x", x);
      text.setAttribute("y", y);
      text.setAttribute("text-anchor", anchor);
      const { x: left, y: top, width, height } = text.getBBox();
      const right = left + width, bottom = top + height;
      const inside = left >= area.left && right <= area.right && top >= area.top && bottom <= area.bottom;
      const free = taken.every((other) => right < other[0] || left > other[2] || bottom < other[1] || top > other[3]);
      if (inside && free) {
        taken.push([left, top, right, bottom]);
        return true;
      }
    }
    text.remove();
    return false;
  }

  function around(x, y) {
    const positions = [];
    for (const far of [8, 14, 22, 32]) {
      positions.push([x + far, y + far + 6, "start"], [x - far, y - far + 2, "end"]);
      positions.push([x + far, y - far + 2, "start"], [x - far, y + far + 6, "end"]);
    }
    return positions;
  }

  // Drawing ------------------------------------------------------------------
  function draw() {
    const width = Math.max(280, box.clientWidth);
    const height = Math.round(Math.min(620, Math.max(360, 0.62 * width)));
    box.replaceChildren();
    tip = null;
    const svg = element(box, "svg", { viewBox: `0 0 ${width} ${height}`, width, height });
    const area = { left: 58, right: width - 12, top: 10, bottom: height - 48 };
    const ranges = { x: extent("x"), y: extent("y") };
    const scale = (axis, value) => {
      const [low, high] = ranges[axis];
      const share = (value - low) / (high - low);
      return axis === "x" ? area.left + share * (area.right - area.left) : area.bottom - share * (area.bottom - area.top);
    };

    for (const [value, text] of ticks(ranges.x, Math.max(3, width / 110))) {
      const x = scale("x", value);
      element(svg, "line", { class: "grid", x1: x, x2: x, y1: area.top, y2: area.bottom });
      element(svg, "text", { x, y: area.bottom + 18, "text-anchor": "middle" }, text);
    }
    for (const [value, text] of ticks(ranges.y, Math.max(3, height / 70))) {
      const y = scale("y", value);
      element(svg, "line", { class: "grid", x1: area.left, x2: area.right, y1: y, y2: y });
      element(svg, "text", { x: area.left - 6, y: y + 4, "text-anchor": "end" }, text);
    }
    const middle = (area.left + area.right) / 2, centre = (area.top + area.bottom) / 2;
    element(svg, "text", { x: middle, y: height - 8, "text-anchor": "middle" }, layout.xaxis.title.text);
    element(
      svg, "text",
      { x: 14, y: centre, "text-anchor": "middle", transform: `rotate(-90 14 ${centre})` },
      layout.yaxis.title.text,
    );

    const clip = element(svg, "clipPath", { id: "area" });
    const size = { x: area.left, y: area.top, width: area.right - area.left, height: area.bottom - area.top };
    element(clip, "rect", size);
    element(svg, "rect", { class: "frame", ...size });
    const plot = element(svg, "g", { class: "plot", "clip-path": "url(#area)" });

    const lines = (layout.shapes ?? []).map((shape) => (shape.xref === "x" ? ["x", shape.x0] : ["y", shape.y0]));
    const floors = (layout.shapes ?? []).map((shape, n) => {
      const [axis, value] = lines[n];
      const at = scale(axis, value);
      const ends = axis === "x" ? { x1: at, x2: at, y1: area.top, y2: area.bottom } : { x1: area.left, x2: area.right, y1: at, y2: at };
      element(plot, "line", { ...ends, stroke: shape.line.color, "stroke-width": 1.5, "stroke-dasharray": DASHES.dash });
      return [axis, at];
    });

    const dots = []; // markers that a pointer meets
    const taken = []; // boxes that names must not cover
    const names = [];
    for (const trace of data) {
      const points = trace.x.map((x, n) => [scale("x", x), scale("y", trace.y[n])]);
      if (trace.mode === "lines") {
        const dashes = DASHES[trace.line.dash];
        const style = { fill: "none", stroke: trace.line.color, "stroke-width": trace.line.width };
        if (dashes) style["stroke-dasharray"] = dashes;
        const path = points.map((point, n) => (trace.x[n] === null ? "" : `${n && trace.x[n - 1] !== null ? "L" : "M"}${point.join()}`));
        element(plot, "path", { d: path.join(""), ...style });
        continue;
      }
      for (const axis of ["x", "y"]) bars(plot, trace, axis, scale);
      points.forEach(([x, y], n) => {
        if (x < area.left || x > area.right || y < area.top || y > area.bottom) return;
        const drawn = mark(plot, x, y, trace.marker);
        const radius = trace.marker.size / 2;
        taken.push([x - radius, y - radius, x + radius, y + radius]);
        dots.push({ x, y, text: trace.hovertext[n], drawn });
        if (trace.mode.includes("text")) names.push({ x, y, text: trace.text[n] });
      });
    }

    const notes = layout.annotations ?? [];
    const labels = element(svg, "g");
    floors.forEach(([axis, at], n) => {
      const text = element(labels, "text", { class: "floor" }, notes[n].text);
      const positions = [];
      for (let step = 0; step < 12; step++) {
        if (axis === "x") {
          const y = area.top + 16 + (step * (area.bottom - area.top - 24)) / 12;
          positions.push([at + 5, y, "start"], [at - 5, y, "end"]);
        } else {
          const x = area.right - 6 - (step * (area.right - area.left)) / 12;
          positions.push([x, at - 5, "end"], [x, at + 15, "end"]);
        }
      }
      place(text, positions, taken, area);
    });
    for (const note of notes.slice(floors.length)) {
      const rows = note.text.split("<br>");
      rows.forEach((row, n) => element(labels, "text", { x: middle, y: centre + 18 * n, "text-anchor": "middle" }, plain(row).textContent));
    }
    // Ends of the front are named first, then what lies between them.
    const ends = [names[0], names[names.length - 1], ...names.slice(1, -1)];
    for (const { x, y, text } of names.length > 2 ? ends : names) {
      place(element(labels, "text", { class: "name" }, text), around(x, y), taken, area);
    }
    follow(svg, dots, width);
  }

  function bars(plot, trace, axis, scale) {
    const error = trace[`error_${axis}`];
    if (!error) return;
    trace.x.forEach((_, n) => {
      const value = trace[axis][n];
      if (!error.array[n] && !error.arrayminus[n]) return;
      const from = scale(axis, value - error.arrayminus[n]), to = scale(axis, value + error.array[n]);
      const other = axis === "x" ? scale("y", trace.y[n]) : scale("x", trace.x[n]);
      const ends = axis === "x" ? { x1: from, x2: to, y1: other, y2: other } : { x1: other, x2: other, y1: from, y2: to };
      element(plot, "line", { ...ends, stroke: error.color, "stroke-width": 1, "stroke-opacity": 0.75 });
    });
  }

  // Texts on hovering and tapping ---------------------------------------------
  const plain = (markup) => new DOMParser().parseFromString(markup, "text/html").body;

  function show(dot, width) {
    tip ??= box.appendChild(Object.assign(document.createElement("div"), { className: "tip" }));
    tip.replaceChildren(...plain(dot.text).childNodes);
    const left = Math.min(dot.x + 12, Math.max(0, width - tip.offsetWidth));
    tip.style.left = `${left}px`;
    tip.style.top = `${dot.y + 12}px`;
  }

  function follow(svg, dots, width) {
    const meet = ({ clientX, clientY }) => {
      const frame = svg.getBoundingClientRect();
      const factor = width / frame.width;
      const x = (clientX - frame.left) * factor, y = (clientY - frame.top) * factor;
      const far = (dot) => Math.hypot(dot.x - x, dot.y - y);
      const nearest = dots.reduce((best, dot) => (!best || far(dot) < far(best) ? dot : best), null);
      if (nearest && far(nearest) <= NEAR) show(nearest, width);
      else hide();
    };
    svg.addEventListener("pointermove", meet);
    svg.addEventListener("pointerdown", meet);
    svg.addEventListener("pointerleave", hide);
  }

  function hide() {
    tip?.remove();
    tip = null;
  }

  // Legend -------------------------------------------------------------------
  const legend = document.getElementById("legend");
  for (const trace of data) {
    if (trace.mode === "lines" || trace.showlegend === false) continue;
    const entry = document.createElement("li");
    const sample = element(entry, "svg", { width: 16, height: 16, viewBox: "0 0 16 16" });
    mark(sample, 8, 8, { ...trace.marker, size: Math.min(trace.marker.size, 14) });
    entry.append(plain(trace.name).textContent);
    legend.append(entry);
  }

  const button = document.getElementById("range");
  button?.addEventListener("click", () => {
    everything = !everything;
    button.setAttribute("aria-pressed", everything);
    draw();
  });
  let drawnWidth = 0;
  new ResizeObserver(() => {
    if (box.clientWidth !== drawnWidth) {
      drawnWidth = box.clientWidth;
      draw();
    }
  }).observe(box);
})();
