// Mouse, touch and keys on the map.

/** Let the user move the cursor, pan and zoom. `moved(u, v)` is told where the cursor goes. */
export function listenToMap(map, moved) {
  const target = map.overlay;
  const pointers = new Map();
  let dragged = false;
  let apart = 0;
  const place = (event) => {
    const box = target.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const hold = () => {
    map.held = !map.held;
    map.drawCursor();
  };
  const point = (x, y) => moved(...map.toPlane(x, y));

  target.addEventListener("pointerdown", (event) => {
    pointers.set(event.pointerId, place(event));
    target.setPointerCapture(event.pointerId);
    dragged = false;
    apart = 0;
    if (event.pointerType !== "mouse") point(...place(event));
  });
  target.addEventListener("pointermove", (event) => {
    const now = place(event);
    const before = pointers.get(event.pointerId);
    if (!before) {
      if (!map.held) point(...now);
      return;
    }
    const [dx, dy] = [now[0] - before[0], now[1] - before[1]];
    if (!dragged && Math.hypot(dx, dy) < 4) return;
    dragged = true;
    pointers.set(event.pointerId, now);
    if (pointers.size > 1) {
      const [[ax, ay], [bx, by]] = [...pointers.values()];
      const distance = Math.hypot(ax - bx, ay - by);
      if (apart) map.zoom(distance / apart, (ax + bx) / 2, (ay + by) / 2);
      apart = distance;
      map.pan(-dx / map.scale / 2, dy / map.scale / 2);
    } else if (event.pointerType === "mouse") map.pan(-dx / map.scale, dy / map.scale);
    else point(...now);
  });
  target.addEventListener("pointerup", (event) => {
    pointers.delete(event.pointerId);
    if (dragged || event.pointerType !== "mouse") return;
    hold();
    point(...place(event));
  });
  target.addEventListener("pointercancel", (event) => pointers.delete(event.pointerId));
  target.addEventListener("wheel", (event) => {
    event.preventDefault();
    map.zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.002)), ...place(event));
  }, { passive: false });

  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  const others = {
    "+": () => map.zoom(1.5), "=": () => map.zoom(1.5), "-": () => map.zoom(1 / 1.5),
    0: () => map.showAll(), Enter: hold, " ": hold,
    Escape: () => { if (map.held) hold(); },
  };
  target.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = arrows[event.key];
    if (arrow) {
      const step = event.shiftKey ? 10 : 1;
      moved(map.cursor[0] + arrow[0] * step, map.cursor[1] + arrow[1] * step);
    } else if (Object.hasOwn(others, event.key)) others[event.key]();
    else return;
    event.preventDefault();
  });
}
