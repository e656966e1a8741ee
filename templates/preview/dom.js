// Elements, made and found.

/** The element of an id that the page is known to have. */
export const get = (id) => document.getElementById(id);

/** Make an element; properties are attributes, but for `text` and functions, which listen. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue;
    if (name === "text") element.textContent = value;
    else if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** Words for screen readers only. */
export const hidden = (text) => make("span", { class: "hidden", text });

/** A size for people; a kilobyte here has 1024 bytes, as in the limit of Gmail. */
export const kilobytes = (bytes) => `${(bytes / 1024).toFixed(bytes < 10240 ? 1 : 0)} KB`;
