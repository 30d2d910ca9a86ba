/* The page of a run that a person has taken over: pictures come, clicks and keys go back. */
"use strict";

const LONGEST_BATCH = 50;
const PAUSE = 80;
const LONGEST_PAUSE = 15_000;
const REFUSED = new Set([401, 403]);
const KEYS = new Set(["ArrowDown", "ArrowLeft", "ArrowRight", "ArrowUp", "Backspace", "Delete", "End",
  "Enter", "Escape", "Home", "PageDown", "PageUp", "Tab"]);

class Takeover {
  constructor(place) {
    this.base = place.dataset.takeover;
    this.stage = place.querySelector("[data-stage]");
    this.picture = place.querySelector("img");
    this.told = place.querySelector("[data-told]");
    this.left = place.querySelector("[data-left]");
    this.mine = "mine" in place.dataset;
    this.waiting = [];
    this.sending = false;
    this.leaving = false;
    this.drag = null;
    this.number = 0;
    if (this.mine) this.listen(place);
    this.follow();
  }

  /* Ask how the run stands, again and again; each answer waits for something new. */
  async follow() {
    let after = -1;
    let pause = 500;
    for (;;) {
      const { status, stands } = await asked(`${this.base}?after=${after}&wait=15`);
      if (status === 404) return location.reload();
      if (REFUSED.has(status)) return this.tell("You may not see this page any more.");
      if (!stands) {
        pause = Math.min(pause * 2, LONGEST_PAUSE);
        this.tell("The server does not answer. Trying again…");
        await later(pause);
        continue;
      }
      pause = 500;
      after = stands.frame;
      this.show(stands);
      if (stands.yours !== this.mine) return location.reload();
      await later(PAUSE);
    }
  }

  show(stands) {
    if (this.left) this.left.textContent = minutes(stands.seconds_left);
    if (stands.given_back) return this.tell("Given back: the run goes on.");
    if (stands.unseen) {
      this.picture.hidden = true;
      return this.tell(`No picture: ${stands.unseen}.`);
    }
    if (!stands.frame) return this.tell("The first picture is on its way…");
    if (stands.frame !== this.number) {
      this.number = stands.frame;
      this.picture.src = `${this.base}/frame?number=${stands.frame}`;
      this.picture.hidden = false;
    }
    this.tell(stands.waiting > 5 ? "The page is busy…" : "");
  }

  tell(words) {
    if (this.told.textContent !== words) this.told.textContent = words;
  }

  listen(place) {
    this.stage.addEventListener("keydown", (event) => this.key(event));
    this.stage.addEventListener("blur", () => { this.leaving = false; });
    this.stage.addEventListener("pointerdown", (event) => this.down(event));
    this.stage.addEventListener("pointermove", (event) => this.move(event));
    this.stage.addEventListener("pointerup", (event) => this.up(event));
    this.stage.addEventListener("pointercancel", () => this.letGo());
    this.stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.stage.addEventListener("contextmenu", (event) => event.preventDefault());
    const form = place.querySelector("[data-types]");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const field = form.elements.namedItem("typed");
      for (let at = 0; at < field.value.length; at += 500) {
        this.send({ kind: "text", text: field.value.slice(at, at + 500) });
      }
      field.value = "";
    });
  }

  /* Escape and then Tab leaves the view; every other key goes to the page while it has the focus. */
  key(event) {
    if (event.isComposing || event.altKey || event.metaKey) return;
    if (event.key === "Tab" && this.leaving) return;
    this.leaving = event.key === "Escape" || (this.leaving && event.key === "Shift");
    const act = actOf(event);
    if (!act) return;
    event.preventDefault();
    this.send(act);
  }

  down(event) {
    if (event.button !== 0) return;
    this.stage.focus({ preventScroll: true });
    event.preventDefault();
    this.stage.setPointerCapture(event.pointerId);
    this.drag = { place: this.at(event), last: this.at(event), began: false, told: 0 };
  }

  move(event) {
    if (!this.drag) return;
    const place = this.at(event);
    this.drag.last = place;
    const far = Math.hypot(place.x - this.drag.place.x, place.y - this.drag.place.y) > 4;
    if (!this.drag.began && far) {
      this.drag.began = true;
      this.send({ kind: "down", ...this.drag.place });
    }
    if (this.drag.began && event.timeStamp - this.drag.told > PAUSE) {
      this.drag.told = event.timeStamp;
      this.send({ kind: "move", ...place });
    }
  }

  up(event) {
    if (!this.drag) return;
    const place = this.at(event);
    if (this.drag.began) this.send({ kind: "move", ...place }, { kind: "up", ...place });
    else this.send({ kind: "click", ...this.drag.place, count: this.clicks(event) });
    this.drag = null;
  }

  /* The browser took the pointer away: the page's button must not stay down. */
  letGo() {
    if (this.drag?.began) this.send({ kind: "move", ...this.drag.last }, { kind: "up", ...this.drag.last });
    this.drag = null;
  }

  clicks(event) {
    const again = this.last && event.timeStamp - this.last.at < 400;
    this.last = { at: event.timeStamp, count: again ? Math.min(this.last.count + 1, 3) : 1 };
    return this.last.count;
  }

  wheel(event) {
    if (document.activeElement !== this.stage) return;
    event.preventDefault();
    this.send({ kind: "scroll", ...this.at(event), dx: event.deltaX, dy: event.deltaY });
  }

  /* Where on the page a place of its picture is; the picture may be shown smaller. */
  at(event) {
    const box = this.picture.getBoundingClientRect();
    const scale = box.width ? this.picture.naturalWidth / box.width : 1;
    const inside = (value, most) => Math.min(Math.max(value * scale, 0), most);
    return {
      x: inside(event.clientX - box.left, this.picture.naturalWidth),
      y: inside(event.clientY - box.top, this.picture.naturalHeight),
    };
  }

  /* What comes quickly goes together: letters as one text, turns of the wheel as one. */
  send(...acts) {
    for (const act of acts) {
      const last = this.waiting.at(-1);
      if (last?.kind === "text" && act.kind === "text" && (last.text + act.text).length <= 500) {
        last.text += act.text;
      } else if (last?.kind === "scroll" && act.kind === "scroll") {
        last.dx += act.dx;
        last.dy += act.dy;
      } else this.waiting.push(act);
    }
    if (!this.sending) this.pass();
  }

  async pass() {
    this.sending = true;
    await later(PAUSE);
    while (this.waiting.length) {
      const acts = this.waiting.splice(0, LONGEST_BATCH);
      const answer = await post(`${this.base}/acts`, { acts });
      if (answer?.status === 429) {
        this.waiting.unshift(...acts);
        await later(500);
      } else if (!answer?.ok) this.tell("That did not reach the page.");
    }
    this.sending = false;
  }
}

function actOf(event) {
  const held = { shift: event.shiftKey, control: event.ctrlKey };
  if (KEYS.has(event.key)) return { kind: "key", key: event.key, ...held };
  if (event.ctrlKey) return event.key === "a" ? { kind: "key", key: "a", ...held } : null;
  return event.key.length === 1 ? { kind: "text", text: event.key } : null;
}

/* No status is no answer; nothing comes with an answer that is none of the server's own. */
async function asked(path) {
  let status = 0;
  try {
    const answer = await fetch(path);
    status = answer.status;
    return { status, stands: answer.ok ? await answer.json() : null };
  } catch {
    return { status, stands: null };
  }
}

async function post(path, body) {
  try {
    const headers = { "Content-Type": "application/json" };
    return await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  } catch {
    return null;
  }
}

function later(milliseconds) {
  return new Promise((resolve) => { setTimeout(resolve, milliseconds); });
}

function minutes(seconds) {
  return seconds < 60 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}

for (const place of document.querySelectorAll("[data-takeover]")) {
  if (place.querySelector("[data-stage]")) new Takeover(place);
}
