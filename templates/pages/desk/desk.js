// Renews what is marked as live every few seconds, while the page is looked at; without this script
// a link does the same.

"use strict";

const SECONDS = 3;

async function renew() {
  const live = document.querySelector("[data-live]");
  if (!live) return;
  if (document.hidden || live.contains(document.activeElement)) return later();
  try {
    const url = new URL(location.href);
    // A page that renews itself does not prolong the session.
    url.searchParams.set("renews", "");
    const answer = await fetch(url, { redirect: "error" });
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(live.id);
      if (fresh) live.replaceWith(document.adoptNode(fresh));
    }
  } catch {
    // The next look may find it again.
  }
  later();
}

function later() {
  setTimeout(renew, SECONDS * 1000);
}

later();
