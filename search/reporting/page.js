"use strict";
(() => {
  const PAPER = 680; // pixels: the width of A4 and of Letter within the margins of the style
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const templates = read("templates");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const touch = matchMedia("(pointer: coarse)");
  const plots = [...document.querySelectorAll(".plot")];
  const waiting = new Set(plots);

  function draw(plot, paper = false) {
    waiting.delete(plot);
    const figure = read(plot.dataset.figure);
    const template = templates[dark.matches && !paper ? "dark" : "light"];
    const layout = { ...figure.layout, template };
    if (touch.matches) layout.dragmode = false; // a finger on a figure scrolls the page
    if (paper) layout.width = PAPER;
    return Plotly.react(plot, figure.data, layout, {
      responsive: !paper,
      displaylogo: false,
      plotlyServerURL: "", // what is in this page goes nowhere
      displayModeBar: touch.matches ? false : "hover",
      modeBarButtonsToRemove: ["sendChartToCloud", "select2d", "lasso2d", "zoomIn2d", "zoomOut2d", "resetScale2d"],
    });
  }

  const drawn = () => plots.filter((plot) => !waiting.has(plot));

  // Many figures take seconds: first those in view, then the others, while nothing else happens.
  const idle = window.requestIdleCallback ?? ((work) => setTimeout(work, 50));
  function drawNext() {
    const [next] = waiting;
    if (!next) return;
    draw(next);
    idle(drawNext);
  }
  const seen = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (isIntersecting && waiting.has(target)) draw(target);
      }
    },
    { rootMargin: "600px" },
  );
  plots.forEach((plot) => seen.observe(plot));
  idle(drawNext);

  dark.addEventListener("change", () => drawn().forEach((plot) => draw(plot)));
  addEventListener("beforeprint", () => plots.forEach((plot) => draw(plot, true)));
  addEventListener("afterprint", () => plots.forEach((plot) => draw(plot)));

  // A table that is wider than the page is marked.
  const wide = new ResizeObserver((entries) => {
    for (const { target } of entries) target.classList.toggle("scrolls", target.scrollWidth > target.clientWidth + 1);
  });
  document.querySelectorAll(".wide").forEach((table) => wide.observe(table));
})();
