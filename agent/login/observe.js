// One look at a document, taken in an isolated world. The page's scripts share the DOM with it and
// nothing else, so they can neither see nor replace what runs here. Nothing on the page is changed.
//
// Named children shadow the properties of forms and documents in every world ("DOM clobbering":
// <input name=parentNode>), so every property is read through its prototype's own getter.
//
// The order of work keeps a look quick: one walk that reads attributes only, then one round of
// questions about layout for what is worth it, each asked once per element.
//
// Evaluates to {look(), timed(), changed(milliseconds), element(number), frame(number), suspect(number),
// settle(), admit(host, root)}; see observe.py for the shapes. A look is JSON text.
(() => {
  "use strict";
  const getter = (type, name) => {
    const get = Object.getOwnPropertyDescriptor(type.prototype, name).get;
    return (node) => get.call(node);
  };
  const method = (type, name) => {
    const call = type.prototype[name];
    return (node, ...rest) => call.apply(node, rest);
  };
  const one = (type, name) => {
    const call = type.prototype[name];
    return (node, first) => call.call(node, first);
  };
  const firstChild = getter(Node, "firstChild");
  const nextSibling = getter(Node, "nextSibling");
  const previousSibling = getter(Node, "previousSibling");
  const parentNode = getter(Node, "parentNode");
  const nodeType = getter(Node, "nodeType");
  const textContent = getter(Node, "textContent");
  const nodeValue = getter(Node, "nodeValue");
  const isConnected = getter(Node, "isConnected");
  const openRootOf = getter(Element, "shadowRoot");
  const localName = getter(Element, "localName");
  const previousElement = getter(Element, "previousElementSibling");
  const firstElement = getter(Element, "firstElementChild");
  const attributeOf = one(Element, "getAttribute");
  const hasAttribute = one(Element, "hasAttribute");
  const rectOf = one(Element, "getBoundingClientRect");
  const checkVisibility = one(Element, "checkVisibility");
  const query = one(Element, "querySelector");
  const matches = one(Element, "matches");
  const hostOf = getter(ShadowRoot, "host");
  const readyStateOf = getter(Document, "readyState");
  const rootElementOf = getter(Document, "documentElement");
  const titleOf = getter(Document, "title");
  const byId = { 9: method(Document, "getElementById"), 11: method(DocumentFragment, "getElementById") };
  const fromPoint = {
    9: method(Document, "elementFromPoint"),
    11: method(ShadowRoot, "elementFromPoint"),
  };
  const rootOf = one(Node, "getRootNode");
  const formOf = {
    input: getter(HTMLInputElement, "form"),
    textarea: getter(HTMLTextAreaElement, "form"),
    select: getter(HTMLSelectElement, "form"),
    button: getter(HTMLButtonElement, "form"),
  };
  const labelsOf = { input: getter(HTMLInputElement, "labels"), textarea: getter(HTMLTextAreaElement, "labels") };
  const valueOf = { input: getter(HTMLInputElement, "value"), textarea: getter(HTMLTextAreaElement, "value") };
  const actionOf = getter(HTMLFormElement, "action");
  const hrefOf = getter(HTMLAnchorElement, "href");
  const typeOf = getter(HTMLInputElement, "type");
  const checkedOf = getter(HTMLInputElement, "checked");
  const listen = method(EventTarget, "addEventListener");
  const unlisten = method(EventTarget, "removeEventListener");

  const LIMITS = {
    elements: 20000, fields: 200, buttons: 200, links: 200, lines: 150, formLines: 120,
    text: 300, frames: 12, layers: 16, hits: 24, suspects: 400,
  };
  const SKIPPED = new Set(["script", "style", "noscript", "template", "svg", "math", "head", "option", "canvas", "video", "audio"]);
  const BUTTON_TYPES = new Set(["submit", "image", "button"]);
  const NO_FIELD_TYPES = new Set(["hidden", "submit", "image", "button", "reset", "file", "color", "range"]);
  const HEADINGS = new Set(["h1", "h2", "h3", "h4", "legend"]);
  const QUIET = new Set(["a", "button", "label", "title"]);
  const CLICKED_ROLES = new Set(["button", "link", "menuitem", "option", "tab", "radio"]);
  const LANDMARKS = new Set(["header", "footer", "nav", "aside", "dialog", "main"]);
  const FIELDS = "input,select,textarea,button";
  const LANDMARK = "nav,header,footer,main,[role=navigation],[role=main],[role=banner],[role=contentinfo]";
  const ALARMING = /(^|[^a-z])(error|errors|err|alert|invalid|danger|warning|fail|failed|failure|errmsg|errorlist|errormessage)([^a-z]|$)/;
  const LEAVING = /(log|sign)[-_]?(out|off)/i;
  const CHALLENGE = /(captcha|turnstile|challenges\.cloudflare|arkoselabs|funcaptcha|datadome|geo\.captcha)/i;
  const LAYERED = /(dialog|modal|pop-?up|popover|overlay|lightbox|drawer|toast|snackbar|cookie|consent|gdpr|ccpa|onetrust|didomi|usercentrics|banner|\btour|onboarding|walkthrough|joyride|shepherd|introjs|whats-?new|announce|interstitial|backdrop)/i;
  const ALARM = 1, CHALLENGED = 2, LAYER = 4;
  const SHOWN = { visibilityProperty: true, contentVisibilityAuto: true };
  const OPAQUE = { visibilityProperty: true, contentVisibilityAuto: true, opacityProperty: true };
  const FAINT = 0.7; // what the hand that types refuses as transparent
  const FAR = 5000; // pixels to the right or below where only traps stand beside a page of normal size

  const documentKey = `${performance.timeOrigin}-${Math.random()}`;
  const numbers = new WeakMap();
  let lastNumber = 0;
  const nodes = new Map();
  const numberOf = (node) => {
    let number = numbers.get(node);
    if (!number) {
      numbers.set(node, (number = ++lastNumber));
      nodes.set(number, new WeakRef(node));
    }
    return number;
  };
  // Roots that pages closed; the browser's own protocol opens them to us, see observe.py.
  const admitted = new WeakMap();
  const asked = new WeakSet();
  let suspects = [];
  const shadowRootOf = (node) => openRootOf(node) || admitted.get(node) || null;
  let frames = [];
  let shadows = [];

  const clean = (text, limit = LIMITS.text) => {
    if (!text) return "";
    const piece = text.length > 4 * limit ? text.slice(0, 4 * limit) : text;
    return piece.replace(/\s+/g, " ").trim().slice(0, limit);
  };
  const attribute = (node, name, limit = 120) => clean(attributeOf(node, name), limit);
  const above = (node) => {
    const parent = parentNode(node);
    if (!parent) return null;
    return nodeType(parent) === 11 ? (parent instanceof ShadowRoot ? hostOf(parent) : null) : parent;
  };
  const climb = (node, test) => {
    for (let at = node; at && nodeType(at) === 1; at = above(at)) if (test(at)) return at;
    return null;
  };
  const flagsSeen = new Map();
  const flagsOf = (words) => {
    if (!words) return 0;
    let flags = flagsSeen.get(words);
    if (flags === undefined) {
      const lower = words.toLowerCase();
      flags = (ALARMING.test(lower) ? ALARM : 0) | (CHALLENGE.test(lower) ? CHALLENGED : 0) | (LAYERED.test(lower) ? LAYER : 0);
      if (flagsSeen.size > 5000) flagsSeen.clear();
      flagsSeen.set(words, flags);
    }
    return flags;
  };

  // "1/2/s/3": the element's place among its siblings at each level; "s" enters a shadow root.
  const pathOf = (node) => {
    const steps = [];
    let at = node;
    while (at && nodeType(at) === 1) {
      let place = 1;
      for (let before = previousElement(at); before; before = previousElement(before)) place += 1;
      steps.unshift(place);
      const parent = parentNode(at);
      if (!parent || nodeType(parent) === 9) break;
      if (nodeType(parent) === 11) {
        steps.unshift("s");
        at = hostOf(parent);
      } else at = parent;
    }
    return steps.join("/");
  };

  // Layout is asked for once per element and look.
  const rects = new Map();
  const faintness = new Map();
  let scrolled = [0, 0, 0];
  const rectIfShown = (node) => {
    let rect = rects.get(node);
    if (rect !== undefined) return rect;
    rect = null;
    if (checkVisibility(node, SHOWN)) rect = boxOf(node);
    rects.set(node, rect);
    return rect;
  };
  // [left, top, width, height] on the page, or null where there is nothing a person could see.
  const boxOf = (node) => {
    const box = rectOf(node);
    const width = box.width;
    const height = box.height;
    if (width < 2 || height < 2) return null;
    const left = box.x + scrolled[0];
    const top = box.y + scrolled[1];
    return left + width > 0 && top + height > 0 && left < scrolled[2] ? [left, top, width, height] : null;
  };
  const opacityOf = (node) => {
    if (!node || nodeType(node) !== 1) return 1;
    let opacity = faintness.get(node);
    if (opacity === undefined) {
      opacity = Number(getComputedStyle(node).opacity) * opacityOf(above(node));
      faintness.set(node, opacity);
    }
    return opacity;
  };
  const opaqueRects = new Map();
  const visibleRect = (node) => {
    let rect = opaqueRects.get(node);
    if (rect === undefined) opaqueRects.set(node, (rect = checkVisibility(node, OPAQUE) ? boxOf(node) : null));
    return rect;
  };
  // An ancestor without room that cuts off what does not fit hides a field of any size.
  const clipped = (node) => {
    let at = above(node);
    for (let hops = 0; at && nodeType(at) === 1 && hops < 5; hops += 1, at = above(at)) {
      const box = rectOf(at);
      if ((box.width < 4 || box.height < 4) && getComputedStyle(at).overflow !== "visible") return true;
    }
    return false;
  };
  const hitAt = (x, y) => {
    let hit = fromPoint[9](document, x, y);
    for (let shadow = hit && shadowRootOf(hit); shadow; shadow = hit && shadowRootOf(hit)) {
      const inner = fromPoint[11](shadow, x, y);
      if (!inner || inner === hit) break;
      hit = inner;
    }
    return hit;
  };
  const POINTS = [[0.5, 0.5], [0.1, 0.5], [0.9, 0.5], [0.5, 0.1], [0.5, 0.9]];
  // What lies over an element: the hit at its middle, when no point of it can be met; else null.
  const coverOf = (node, rect) => {
    let cover = null;
    for (const [across, down] of POINTS) {
      const x = rect[0] - scrolled[0] + across * rect[2];
      const y = rect[1] - scrolled[1] + down * rect[3];
      if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) continue;
      const hit = hitAt(x, y);
      if (!hit) continue;
      if (climb(hit, (at) => at === node || localName(at) === "label")) return null;
      if (climb(node, (at) => at === hit)) return null;
      cover = cover || hit;
    }
    return cover;
  };
  // The outermost element round the cover that does not also hold what it covers.
  const coverRoot = (cover, node) => {
    const around = new Set();
    climb(node, (at) => !around.add(at));
    let found = cover;
    climb(cover, (at) => around.has(at) || ((found = at), false));
    return found;
  };

  const textById = (node, name) =>
    attribute(node, name)
      .split(" ")
      .filter(Boolean)
      .map((id) => {
        const root = rootOf(node);
        const find = byId[nodeType(root)];
        const found = find && find(root, id);
        return found ? clean(textContent(found), 120) : "";
      })
      .join(" ")
      .trim();
  const labelText = (node, name) => {
    const texts = [];
    const labels = labelsOf[name] && labelsOf[name](node);
    if (labels) for (const label of labels) texts.push(clean(textContent(label), 120));
    if (!texts.length) {
      const wrapping = climb(node, (at) => localName(at) === "label");
      if (wrapping) texts.push(clean(textContent(wrapping), 120));
    }
    if (hasAttribute(node, "aria-labelledby")) texts.push(textById(node, "aria-labelledby"));
    return texts.filter(Boolean).join(" ");
  };
  const holdsField = (node) => matches(node, FIELDS) || query(node, FIELDS) !== null;
  // The text just before a field, for forms laid out in tables and lists without labels.
  const textBefore = (node) => {
    let at = node;
    for (let hops = 0; at && hops < 4; hops += 1) {
      let before = at;
      while ((before = previousSibling(before))) {
        const type = nodeType(before);
        if (type !== 1 && type !== 3) continue;
        if (type === 1 && (SKIPPED.has(localName(before)) || holdsField(before))) return "";
        const text = clean(type === 3 ? nodeValue(before) : textContent(before), 80);
        if (text) return text;
      }
      at = above(at);
      if (at && ["form", "body", "fieldset"].includes(localName(at))) return "";
    }
    return "";
  };
  const ownText = (node) => {
    for (let child = firstChild(node); child; child = nextSibling(child))
      if (nodeType(child) === 3 && /\S/.test(nodeValue(child))) return true;
    return false;
  };

  const see = () => {
    const seen = { fields: [], buttons: [], links: [], lines: [], marks: [], layers: [], frames: [] };
    const path = [];
    let order = 0;
    let plainLines = 0;
    let formLines = 0;
    suspects = [];
    shadows = [];

    const line = (node, name, role, text, alarm, inForm) => {
      const heading = HEADINGS.has(name) || role === "heading";
      if (!text || (!heading && !alarm && (inForm ? formLines >= LIMITS.formLines : plainLines >= LIMITS.lines))) return;
      if (seen.lines.length >= 2 * (LIMITS.lines + LIMITS.formLines)) return;
      // Most lines are only looked at by their style: what stands off the page matters in few.
      if (heading || alarm || inForm ? !visibleRect(node) : !checkVisibility(node, OPAQUE)) return;
      if (inForm) formLines += 1;
      else plainLines += 1;
      seen.lines.push({ text, alarm, heading, order, node });
    };
    const at = () => path.join("/");
    const visit = (node, name, role) => {
      if (name === "input" || name === "textarea" || name === "select") {
        const type = name === "input" ? typeOf(node) : name;
        if (BUTTON_TYPES.has(type)) {
          if (seen.buttons.length < LIMITS.buttons) seen.buttons.push({ node, name, order, path: at(), role });
        } else if (!NO_FIELD_TYPES.has(type) && seen.fields.length < LIMITS.fields) {
          seen.fields.push({ node, name, type, order, path: at() });
        }
      } else if (name === "button" || role === "button" || (name !== "a" && clicked(node, name, role))) {
        if (seen.buttons.length < LIMITS.buttons) seen.buttons.push({ node, name, order, path: at(), role });
      } else if (name === "a") {
        if (seen.links.length < LIMITS.links) seen.links.push({ node, name, order, path: at(), role });
      } else if ((name === "iframe" || name === "frame") && seen.frames.length < LIMITS.frames) {
        seen.frames.push({ node, path: at() });
      }
    };
    const clicked = (node, name, role) =>
      name === "summary" || (role && CLICKED_ROLES.has(role)) || (hasAttribute(node, "onclick") && !query(node, FIELDS)) ||
      (hasAttribute(node, "tabindex") && attributeOf(node, "tabindex") !== "-1" && !query(node, FIELDS + ",a") && (textContent(node) || "").length < 80);
    const marks = (node, name, flags) => {
      if (flags & CHALLENGED || ((name === "iframe" || name === "img") && CHALLENGE.test(`${attributeOf(node, "src")} ${attributeOf(node, "title")}`)) ||
        ((name === "div" || name === "button") && hasAttribute(node, "data-sitekey"))) {
        const words = ["src", "class", "id", "name", "title"].map((key) => attribute(node, key, 300)).join(" ");
        if (seen.marks.length < 10) seen.marks.push({ node, name, words });
      }
    };
    const walk = (parent, said, alarmed, inForm) => {
      let place = 0;
      const element = nodeType(parent) === 1;
      for (let node = firstChild(parent); node; node = nextSibling(node)) {
        const type = nodeType(node);
        if (type === 3) {
          if (!said && element) {
            const text = clean(nodeValue(node));
            if (text) line(parent, localName(parent), null, text, alarmed, inForm);
          }
          continue;
        }
        if (type !== 1) continue;
        place += 1;
        const name = localName(node);
        if (SKIPPED.has(name)) continue;
        order += 1;
        if (order > LIMITS.elements) return;
        path.push(place);
        const role = attributeOf(node, "role");
        const flags = flagsOf(attributeOf(node, "class")) | flagsOf(attributeOf(node, "id"));
        visit(node, name, role);
        marks(node, name, flags);
        if (seen.layers.length < LIMITS.layers && name !== "body" && name !== "html" && name !== "a" && name !== "button" &&
          (flags & LAYER || name === "dialog" || role === "dialog" || role === "alertdialog")) {
          const modal = name === "dialog" || role === "dialog" || role === "alertdialog";
          if (visibleRect(node)) seen.layers.push({ node, modal });
        }
        const alarm = alarmed || (flags & ALARM) !== 0 || role === "alert" || attributeOf(node, "aria-live") === "assertive";
        let told = said || QUIET.has(name) || role === "button";
        if (!told && ownText(node)) {
          const whole = textContent(node) || "";
          const text = whole.length < 2000 ? clean(whole, 400) : "";
          if (text && text.length <= LIMITS.text && !holdsField(node)) {
            line(node, name, role, text, alarm, inForm);
            told = true;
          }
        }
        const shadow = shadowRootOf(node);
        const within = inForm || name === "form";
        if (shadow) {
          shadows.push(shadow);
          path.push("s");
          walk(shadow, told, alarm, within);
          path.pop();
        } else if (name.includes("-") && !asked.has(node) && suspects.length < LIMITS.suspects) suspects.push(node);
        walk(node, told, alarm, within);
        path.pop();
      }
    };
    walk(document, false, false, false);
    return seen;
  };

  // Fields belong together by their form; without one, by the smallest box that also holds a button.
  // A form round the whole page groups nothing: old frameworks put everything into one.
  const grouping = (seen) => {
    const whole = new Map();
    const part = (form) => {
      if (!form) return null;
      if (!whole.has(form)) whole.set(form, query(form, LANDMARK) !== null);
      return whole.get(form) ? null : form;
    };
    const formAbove = (node) => climb(node, (at) => localName(at) === "form" && part(at) !== null);
    const owner = (node, name) => part(formOf[name] && formOf[name](node)) || formAbove(node);
    const withButton = new Set();
    for (const { node, name } of seen.buttons)
      if (!owner(node, name) && visibleRect(node)) climb(node, (at) => !withButton.add(at));
    let boxes = new Set();
    for (const item of seen.fields) {
      item.group = owner(item.node, item.name);
      if (!item.group && rectIfShown(item.node)) {
        item.box = climb(above(item.node), (at) => withButton.has(at)) || rootElementOf(document);
        boxes.add(item.box);
      }
    }
    const outermost = (box) => {
      let found = box;
      climb(above(box), (at) => boxes.has(at) && ((found = at), false));
      return found;
    };
    for (const item of seen.fields) if (!item.group && item.box) item.group = outermost(item.box);
    boxes = new Set([...boxes].map(outermost));
    const known = new Map();
    const groupAt = (node) => {
      if (!node || nodeType(node) !== 1) return null;
      let box = known.get(node);
      if (box === undefined) {
        const own = boxes.has(node) || (localName(node) === "form" && part(node) !== null);
        box = own ? node : groupAt(above(node));
        known.set(node, box);
      }
      return box;
    };
    return (node, name) => part(formOf[name] && formOf[name](node)) || groupAt(node);
  };

  const rounded = (box) =>
    box ? [Math.round(box[0]), Math.round(box[1]), Math.round(box[2]), Math.round(box[3])] : [0, 0, 0, 0];
  // The host of a shadow tree often bears the name that its inner field lacks.
  const borrowed = (node, name) => {
    const own = attribute(node, name);
    if (own) return own;
    const root = rootOf(node);
    return root instanceof ShadowRoot ? attribute(hostOf(root), name) : "";
  };
  const describeField = ({ node, name, type, order, path, group }, layerOf, hits) => {
    const rect = rectIfShown(node);
    const opacity = rect ? opacityOf(node) : 0;
    const typed = type !== "checkbox" && type !== "radio";
    const hidden = rect === null || (typed && clipped(node));
    const cover = !hidden && typed && opacity > 0 && hits.left-- > 0 ? coverOf(node, rect) : null;
    if (cover) hits.covers.push([cover, node]);
    return {
      key: numberOf(node), path, group: group ? numberOf(group) : 0, order, type,
      name: borrowed(node, "name"), id: attribute(node, "id"),
      autocomplete: borrowed(node, "autocomplete").toLowerCase(),
      label: labelText(node, name) || borrowed(node, "label"), placeholder: borrowed(node, "placeholder"),
      aria: clean(`${attribute(node, "aria-label")} ${attribute(node, "title")}`), near: textBefore(node),
      shape: clean(`${attribute(node, "inputmode")} ${attribute(node, "pattern", 40)}`),
      maxlength: Number(attributeOf(node, "maxlength") || -1) || -1,
      length: typed ? (valueOf[name] ? valueOf[name](node).length : 0) : Number(checkedOf(node)),
      required: hasAttribute(node, "required") || attributeOf(node, "aria-required") === "true",
      usable: !hidden && opacity > 0 && !matches(node, ":disabled"), readonly: hasAttribute(node, "readonly"),
      visible: !hidden && opacity > 0, faint: !hidden && opacity < FAINT,
      veiled: climb(node, (at) => attributeOf(at, "aria-hidden") === "true") !== null,
      skipped: attributeOf(node, "tabindex") === "-1",
      covered: cover !== null, invalid: attributeOf(node, "aria-invalid") === "true",
      layer: rect ? layerOf(node) : 0, box: rounded(rect),
    };
  };
  const textOfButton = (node, name, type) => {
    if (name === "input") return type === "image" ? attribute(node, "alt") : clean(valueOf.input(node), 80);
    const text = clean(textContent(node), 80);
    if (text) return text;
    const root = rootOf(node);
    if (root instanceof ShadowRoot) return clean(textContent(hostOf(root)), 80) || attribute(hostOf(root), "label");
    const image = firstElement(node) && query(node, "img[alt],svg title,[aria-label]");
    return image ? attribute(image, "alt") || attribute(image, "aria-label") || clean(textContent(image), 80) : "";
  };
  const typeOfButton = (node, name, role) => {
    if (name === "input") return typeOf(node);
    if (name === "button") return attribute(node, "type").toLowerCase() || "submit";
    return name === "a" || !role ? (name === "summary" ? "button" : role || "click") : role;
  };
  const sendsTo = (node, name, type) => {
    const own = attributeOf(node, "formaction");
    if (own !== null || (type !== "submit" && type !== "image") || !formOf[name]) return own;
    const form = formOf[name](node);
    return form && hasAttribute(form, "action") ? actionOf(form) : "";
  };
  const describeButton = ({ node, name, order, path, role }, groupOf, layerOf, hits) => {
    const rect = visibleRect(node);
    const group = groupOf(node, name);
    const type = typeOfButton(node, name, role);
    return {
      key: numberOf(node), path, group: group ? numberOf(group) : 0, order, type, text: textOfButton(node, name, type),
      hint: clean(`${attribute(node, "aria-label")} ${attribute(node, "title")} ${attribute(node, "value", 60)}`),
      name: clean(`${attribute(node, "name")} ${attribute(node, "id")} ${attribute(node, "class", 160)} ${attribute(node, "data-testid", 60)}`),
      target: clean(name === "a" ? hrefOf(node) : sendsTo(node, name, type), 300),
      covered: group !== null && rect !== null && hits.buttons-- > 0 && coverOf(node, rect) !== null,
      visible: rect !== null, enabled: !matches(node, ":disabled") && attributeOf(node, "aria-disabled") !== "true",
      layer: rect ? layerOf(node) : 0, box: rounded(rect),
    };
  };
  const describeLink = ({ node, order, path }, groupOf, layerOf) => {
    const group = groupOf(node, "a");
    return {
      key: numberOf(node), path, group: group ? numberOf(group) : 0, order,
      text: clean(`${clean(textContent(node), 80) || textOfButton(node, "a", "")} ${attribute(node, "aria-label")} ${attribute(node, "title")}`, 80),
      target: clean(hrefOf(node), 300), name: clean(`${attribute(node, "id")} ${attribute(node, "class", 160)} ${attribute(node, "data-testid", 60)}`),
      scripted: /^(#|javascript:|$)/i.test(attributeOf(node, "href") || ""), visible: visibleRect(node) !== null,
      layer: layerOf(node),
    };
  };
  const describeGroups = (found) =>
    found.map((node) => {
      const form = localName(node) === "form";
      const landmark = climb(above(node), (at) => LANDMARKS.has(localName(at)) || attributeOf(at, "role") === "dialog");
      return {
        key: numberOf(node), form, place: landmark ? localName(landmark) : "",
        words: clean(`${attribute(node, "id")} ${attribute(node, "name")} ${attribute(node, "class")} ${attribute(node, "role")} ${attribute(node, "action", 200)} ${attribute(node, "aria-label")}`, 400),
        action: form && hasAttribute(node, "action") ? clean(actionOf(node), 300) : "",
        method: attribute(node, "method").toLowerCase(),
      };
    });
  const describeLayer = ({ node, modal, cover }, layerOf) => ({
    key: numberOf(node), modal, cover: Boolean(cover), parent: layerOf(above(node)),
    words: clean(`${attribute(node, "id")} ${attribute(node, "class")} ${attribute(node, "aria-label")}`, 200),
    text: clean(textContent(node), 300), box: rounded(rectIfShown(node)),
  });
  const layering = (layers) => {
    const keys = new Map(layers.map(({ node }) => [node, numberOf(node)]));
    const known = new Map();
    const layerOf = (node) => {
      if (!node || nodeType(node) !== 1) return 0;
      let layer = known.get(node);
      if (layer === undefined) known.set(node, (layer = keys.get(node) || layerOf(above(node))));
      return layer;
    };
    return layerOf;
  };

  const look = () => {
    rects.clear();
    opaqueRects.clear();
    faintness.clear();
    scrolled = [scrollX, scrollY, scrollX + innerWidth + FAR];
    const seen = see();
    const groupOf = grouping(seen);
    const hits = { left: LIMITS.hits, buttons: LIMITS.hits, covers: [] };
    const groups = new Set(seen.fields.map((item) => item.group).filter(Boolean));
    const none = () => 0;
    const fields = seen.fields.map((item) => describeField(item, none, hits));
    for (const [cover, node] of hits.covers) {
      const root = coverRoot(cover, node);
      const known = seen.layers.find((layer) => layer.node === root);
      if (known) known.cover = true;
      else seen.layers.push({ node: root, modal: false, cover: true });
    }
    const layerOf = layering(seen.layers);
    if (seen.layers.length) seen.fields.forEach(({ node }, at) => { fields[at].layer = layerOf(node); });
    const links = seen.links.filter(({ node }) => visibleRect(node) || LEAVING.test(attribute(node, "href", 200)));
    const navigation = performance.getEntriesByType("navigation")[0];
    frames = seen.frames.filter(({ node }) => {
      const rect = visibleRect(node);
      return rect && rect[2] >= 60 && rect[3] >= 30 && !CHALLENGE.test(attributeOf(node, "src") || "");
    });
    const challenges = seen.marks.filter(({ node }) => visibleRect(node)).map(({ name, words }) => ({ name, words: clean(words, 200) }));
    const answer = {
      document: documentKey, url: location.href, title: clean(titleOf(document)), ready: readyStateOf(document),
      status: (navigation && navigation.responseStatus) || 0, fields,
      buttons: seen.buttons.map((item) => describeButton(item, groupOf, layerOf, hits)),
      groups: describeGroups([...groups]),
      links: links.map((item) => describeLink(item, groupOf, layerOf)),
      lines: seen.lines.map(({ text, alarm, heading, order, node }) => {
        const group = groupOf(node, "p");
        return { text, alarm, heading, order, group: group ? numberOf(group) : 0, layer: layerOf(node) };
      }),
      challenges, layers: seen.layers.map((layer) => describeLayer(layer, layerOf)),
      frames: frames.map(({ path }) => path), suspects: suspects.length,
    };
    rects.clear();
    opaqueRects.clear();
    faintness.clear();
    return JSON.stringify(answer);
  };

  const ROOT_CHANGES = { childList: true, subtree: true, characterData: true, attributes: true };
  const changed = (milliseconds) =>
    new Promise((resolve) => {
      const done = () => {
        watcher.disconnect();
        clearTimeout(timer);
        unlisten(document, "readystatechange", done);
        resolve(true);
      };
      const watcher = new MutationObserver(done);
      const timer = setTimeout(done, milliseconds);
      watcher.observe(document, ROOT_CHANGES);
      for (const shadow of shadows) if (isConnected(shadow)) watcher.observe(shadow, ROOT_CHANGES);
      listen(document, "readystatechange", done);
    });

  // A box for one use: the hand that types leaves it empty.
  const element = (number) => ({ element: nodes.has(number) ? nodes.get(number).deref() : undefined });
  const frame = (place) => (frames[place] ? frames[place].node : null);

  // Closed shadow roots, see closed_roots.py: which elements may have one, and one that was found.
  const suspect = (place) => suspects[place];
  const settle = () => suspects.forEach((node) => asked.add(node));
  const admit = (host, root) => { admitted.set(host, root); };

  const timed = () => { const began = performance.now(); look(); return performance.now() - began; };

  return { look, timed, changed, element, frame, suspect, settle, admit };
})();
