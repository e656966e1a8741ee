// The frame with the rendered message: its width, its height, and a change without a flicker.

import { choices, choose } from "./choices.js";
import { get, make } from "./dom.js";
import { frameAddress } from "./server.js";

// Scripts of the issue cannot run all the same: the frame's policy allows one text, frame.js.
const SANDBOX = "allow-scripts allow-popups allow-popups-to-escape-sandbox";
const STEP = 8;
const [stage, sheet, frames, grip, measure] = ["panel-rendered", "sheet", "frames", "grip", "measure"].map(get);

let shown = null;
let coming = null;
let tellSettled = () => {};

/** Load the message; what is seen stays until the new one is ready, which resolves the promise. */
export function showFrame(digest, title) {
  coming?.remove();
  tellSettled();
  stage.dataset.scheme = choices.scheme;
  coming = make("iframe", { sandbox: SANDBOX, src: frameAddress(digest), title, class: "coming", "data-digest": digest });
  // What a frame says first may come before the browser knows whom it is from: it is asked again.
  coming.addEventListener("load", ({ target }) => target.contentWindow?.postMessage("measure", "*"));
  frames.append(coming);
  return new Promise((resolve) => {
    tellSettled = resolve;
  });
}

/** Take the message away. */
export function clearFrame() {
  frames.replaceChildren();
  shown = coming = null;
}

/** Take over what the frame tells; returns the key that was pressed in it, if it was one. */
export function hearFrame(event) {
  const from = [shown, coming].find((frame) => frame && frame.contentWindow === event.source);
  if (!from) return undefined;
  const { height, isWide, jump, key } = event.data;
  if (height) settle(from, height, isWide);
  if (jump !== undefined) stage.scrollTo({ top: jump + frames.offsetTop + sheet.offsetTop - 12 });
  return key;
}

function settle(frame, height, isWide) {
  frame.style.height = `${height}px`;
  if (frame === coming) {
    // The page keeps its height in between, so its scrolling stays where it is.
    shown?.remove();
    frame.classList.remove("coming");
    shown = coming;
    coming = null;
    document.documentElement.dataset.shown = frame.dataset.digest;
    tellSettled();
  }
  sheet.classList.toggle("too-wide", isWide);
  tellWidth();
}

/** Set the width that is chosen. */
export function applyWidth() {
  const isFull = choices.width === "full";
  sheet.style.width = isFull ? "100%" : `${choices.width}px`;
  for (const each of document.getElementsByName("width")) each.checked = each.value === choices.width;
  tellWidth();
}

function tellWidth() {
  const width = Math.round(frames.getBoundingClientRect().width);
  measure.textContent = `${width} px wide${sheet.classList.contains("too-wide") ? ", and the message is wider" : ""}`;
  grip.setAttribute("aria-valuenow", width);
}

function setWidth(width) {
  const most = stage.clientWidth - 48;
  choose({ width: String(Math.round(Math.min(Math.max(width, 280), most))) });
  applyWidth();
}

grip.addEventListener("pointerdown", (down) => {
  const begun = frames.getBoundingClientRect().width;
  grip.setPointerCapture(down.pointerId);
  sheet.classList.add("dragged");
  // The sheet stands in the middle: it grows on both sides.
  const move = (event) => setWidth(begun + 2 * (event.clientX - down.clientX));
  grip.addEventListener("pointermove", move);
  const end = () => {
    grip.removeEventListener("pointermove", move);
    sheet.classList.remove("dragged");
  };
  grip.addEventListener("lostpointercapture", end, { once: true });
});
grip.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
  if (!step) return;
  event.preventDefault();
  setWidth(frames.getBoundingClientRect().width + step);
});
new ResizeObserver(tellWidth).observe(stage);
