// Questions to the server. All but the test are GETs, and change nothing.

import { choices } from "./choices.js";

const query = (more = {}) => new URLSearchParams({ issue: choices.issue, as: choices.person, variant: choices.variant, ...more });

async function ask(address, options) {
  const answer = await fetch(address, options);
  if (!answer.ok) throw new Error((await answer.text()).trim() || answer.statusText);
  return answer.json();
}

export const fetchDesk = () => ask("/desk");
export const fetchPreview = () => ask(`/preview?${query()}`);
export const fetchFindings = () => ask(`/findings?${query()}`);
export const findPeople = (text) => ask(`/people?${new URLSearchParams({ q: text })}`);

/** The address of the page in the frame; a new rendering has a new one. */
export const frameAddress = (digest) =>
  `/frame?${query({ scheme: choices.scheme, images: choices.images, digest })}`;

export const messageAddress = () => `/message.eml?${query()}`;

export const sendTest = (addresses) =>
  ask("/test-send", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ issue: choices.issue, addresses }),
  });
