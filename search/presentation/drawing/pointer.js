// Texts on hovering and tapping. ----------------------------------------------
const NEAR = 24; // pixels within which a pointer meets a marker

function follow(box, svg, dots, width) {
  let tip = null;
  const hide = () => {
    tip?.remove();
    tip = null;
  };
  const show = (dot) => {
    tip ??= box.appendChild(Object.assign(document.createElement("div"), { className: "tip" }));
    tip.replaceChildren(...parsed(dot.text).childNodes);
    tip.style.left = `${Math.min(dot.x + 12, Math.max(0, width - tip.offsetWidth))}px`;
    tip.style.top = `${dot.y + 12}px`;
  };
  const meet = ({ clientX, clientY }) => {
    const frame = svg.getBoundingClientRect(), factor = width / frame.width;
    const x = (clientX - frame.left) * factor, y = (clientY - frame.top) * factor;
    const far = (dot) => Math.hypot(dot.x - x, dot.y - y);
    const nearest = dots.reduce((best, dot) => (!best || far(dot) < far(best) ? dot : best), null);
    if (nearest && far(nearest) <= NEAR) show(nearest);
    else hide();
  };
  svg.addEventListener("pointermove", meet);
  svg.addEventListener("pointerdown", meet);
  svg.addEventListener("pointerleave", hide);
}
