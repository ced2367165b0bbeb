// Names, titles and notes. ---------------------------------------------------
const isTitle = (note) => note.xref === "paper" && note.yref === "paper" && note.yanchor === "bottom";

// Write a text at the first of its positions that covers nothing else; leave it out if there is none.
function writeFree(text, positions, taken, area) {
  for (const [x, y, anchor] of positions) {
    for (const part of [text, ...text.children]) part.setAttribute("x", x);
    text.setAttribute("y", y);
    text.setAttribute("text-anchor", anchor);
    const { x: left, y: top, width, height } = text.getBBox();
    const right = left + width, bottom = top + height;
    const inside = left >= area.left && right <= area.right && top >= area.top && bottom <= area.bottom;
    const free = taken.every((other) => right < other[0] || left > other[2] || bottom < other[1] || top > other[3]);
    if (inside && free) {
      taken.push([left, top, right, bottom]);
      return;
    }
  }
  text.remove();
}

function around({ x, y }) {
  const positions = [];
  for (const far of [8, 14, 22, 32]) {
    positions.push([x + far, y + far + 6, "start"], [x - far, y - far + 2, "end"]);
    positions.push([x + far, y - far + 2, "start"], [x - far, y + far + 6, "end"]);
  }
  return positions;
}

function alongLine(note, panel) {
  const { area } = panel, positions = [];
  for (let step = 0; step < 12; step++) {
    if (note.yref.endsWith("domain")) {
      const x = panel.place(note.x, null)[0], y = area.top + 16 + (step * (area.bottom - area.top - 24)) / 12;
      positions.push([x + 5, y, "start"], [x - 5, y, "end"]);
    } else {
      const y = panel.place(null, note.y)[1], x = area.right - 6 - (step * (area.right - area.left)) / 12;
      positions.push([x, y - 5, "end"], [x, y + 15, "end"]);
    }
  }
  return positions;
}

const ANCHORS = { left: "start", center: "middle", right: "end" };

function drawNotes(svg, panel, layout, whole, taken) {
  for (const note of layout.annotations ?? []) {
    const refs = [note.xref ?? "x", note.yref ?? "y"];
    if (refs[0] === "paper") {
      if (panel.first) drawTitle(svg, note, whole);
    } else if (refs[0].split(" ")[0] !== panel.x.id || refs[1].split(" ")[0] !== panel.y.id) continue;
    else if (refs.some((ref) => ref.endsWith("domain"))) {
      const text = write(svg, note.text, 0, 0, { class: "floor" });
      writeFree(text, alongLine({ ...note, xref: refs[0], yref: refs[1] }, panel), taken, panel.area);
    } else {
      const [x, y] = panel.place(note.x, note.y);
      const anchor = ANCHORS[note.xanchor ?? "center"];
      write(svg, note.text, x + (note.xshift ?? 0), y + 4, { class: "floor", "font-size": note.font?.size ?? TICK, "text-anchor": anchor });
    }
  }
}

// A title stands above its panel, other notes of the whole figure in its middle.
function drawTitle(svg, note, whole) {
  const x = whole.left + note.x * (whole.right - whole.left), y = whole.bottom - note.y * (whole.bottom - whole.top);
  const rows = lines(note.text).length;
  write(svg, note.text, x, isTitle(note) ? y - 6 - LINE * (rows - 1) : y, { "text-anchor": "middle" });
}
