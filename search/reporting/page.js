"use strict";
(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const templates = read("templates");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const touch = matchMedia("(pointer: coarse)");
  const plots = [...document.querySelectorAll(".plot")];
  const drawn = new Set();

  function draw(plot, light) {
    const figure = read(plot.dataset.figure);
    const template = templates[dark.matches && !light ? "dark" : "light"];
    const layout = { ...figure.layout, template };
    if (touch.matches) layout.dragmode = false; // a finger on a figure scrolls the page
    drawn.add(plot);
    return Plotly.react(plot, figure.data, layout, {
      responsive: true,
      displaylogo: false,
      plotlyServerURL: "", // what is in this page goes nowhere
      displayModeBar: touch.matches ? false : "hover",
      modeBarButtonsToRemove: ["sendChartToCloud", "select2d", "lasso2d", "zoomIn2d", "zoomOut2d", "resetScale2d"],
    });
  }

  // Many figures take seconds: each is drawn when it is about to be seen.
  const seen = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        seen.unobserve(target);
        draw(target, false);
      }
    },
    { rootMargin: "600px" },
  );
  plots.forEach((plot) => seen.observe(plot));
  dark.addEventListener("change", () => drawn.forEach((plot) => draw(plot, false)));
  addEventListener("beforeprint", () => plots.forEach((plot) => draw(plot, true)));
  addEventListener("afterprint", () => drawn.forEach((plot) => draw(plot, false)));
})();
