// Runs inside the frame, alone: the policy names this text by its hash. The frame is of no origin,
// so its height, a key that was pressed in it and a jump inside it have to be told to the page.
addEventListener("DOMContentLoaded", () => {
  const root = document.documentElement;
  const tell = (message) => parent.postMessage(message, "*");
  const measure = () =>
    tell({ height: Math.max(root.offsetHeight, document.body.offsetHeight), isWide: root.scrollWidth > root.clientWidth });
  new ResizeObserver(measure).observe(root);
  new ResizeObserver(measure).observe(document.body);
  addEventListener("load", measure);
  addEventListener("message", measure);
  addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey) tell({ key: event.key });
  });
  addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href^='#']");
    if (!link) return;
    event.preventDefault();
    const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (target) tell({ jump: target.getBoundingClientRect().top });
  });
});
