// One look at a document, taken in an isolated world. The page's scripts share the DOM with it and
// nothing else, so they can neither see nor replace what runs here. Nothing on the page is changed.
//
// Named children shadow the properties of forms and documents in every world ("DOM clobbering":
// <input name=parentNode>), so every property is read through its prototype's own getter.
//
// Evaluates to {look(), changed(milliseconds), element(number), frame(number)}; see observe.py for the shapes.
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
  const firstChild = getter(Node, "firstChild");
  const nextSibling = getter(Node, "nextSibling");
  const parentNode = getter(Node, "parentNode");
  const nodeType = getter(Node, "nodeType");
  const textContent = getter(Node, "textContent");
  const nodeValue = getter(Node, "nodeValue");
  const contains = method(Node, "contains");
  const shadowRootOf = getter(Element, "shadowRoot");
  const localName = getter(Element, "localName");
  const previousElement = getter(Element, "previousElementSibling");
  const attributeOf = method(Element, "getAttribute");
  const hasAttribute = method(Element, "hasAttribute");
  const rectOf = method(Element, "getBoundingClientRect");
  const checkVisibility = method(Element, "checkVisibility");
  const hostOf = getter(ShadowRoot, "host");
  const readyStateOf = getter(Document, "readyState");
  const rootElementOf = getter(Document, "documentElement");
  const titleOf = getter(Document, "title");
  const byId = { 9: method(Document, "getElementById"), 11: method(DocumentFragment, "getElementById") };
  const fromPoint = {
    9: method(Document, "elementFromPoint"),
    11: method(ShadowRoot, "elementFromPoint"),
  };
  const rootOf = method(Node, "getRootNode");
  const formOf = {
    input: getter(HTMLInputElement, "form"),
    textarea: getter(HTMLTextAreaElement, "form"),
    select: getter(HTMLSelectElement, "form"),
    button: getter(HTMLButtonElement, "form"),
  };
  const labelsOf = { input: getter(HTMLInputElement, "labels"), textarea: getter(HTMLTextAreaElement, "labels") };
  const valueOf = { input: getter(HTMLInputElement, "value"), textarea: getter(HTMLTextAreaElement, "value") };
  const typeOf = getter(HTMLInputElement, "type");
  const checkedOf = getter(HTMLInputElement, "checked");
  const matches = method(Element, "matches");
  const treeWalker = method(Document, "createTreeWalker");
  const listen = method(EventTarget, "addEventListener");
  const unlisten = method(EventTarget, "removeEventListener");

  const LIMITS = { elements: 20000, fields: 200, buttons: 150, links: 150, lines: 200, text: 300, frames: 12 };
  const SKIPPED = new Set(["script", "style", "noscript", "template", "svg", "math", "head", "option", "canvas", "video", "audio"]);
  const BUTTON_TYPES = new Set(["submit", "image", "button"]);
  const NO_FIELD_TYPES = new Set(["hidden", "submit", "image", "button", "reset", "file", "color", "range"]);
  const HEADINGS = new Set(["h1", "h2", "h3", "h4", "legend"]);
  const ALARMING = /(^|[^a-z])(error|errors|err|alert|invalid|danger|warning|fail|failed|failure|errmsg|errorlist|errormessage)([^a-z]|$)/;
  const LEAVING = /(log|sign)[-_]?(out|off)/i;
  const CHALLENGE = /(captcha|turnstile|challenges\.cloudflare|arkoselabs|funcaptcha|datadome|geo\.captcha)/i;

  const documentKey = `${performance.timeOrigin}-${Math.random()}`;
  const numbers = new WeakMap();
  let lastNumber = 0;
  const nodes = new Map();
  const numberOf = (node) => {
    if (!numbers.has(node)) {
      numbers.set(node, ++lastNumber);
      nodes.set(lastNumber, new WeakRef(node));
    }
    return numbers.get(node);
  };
  let frames = [];

  const clean = (text, limit = LIMITS.text) => (text || "").replace(/\s+/g, " ").trim().slice(0, limit);
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

  const visibleRect = (node) => {
    if (!checkVisibility(node, { opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true })) return null;
    const rect = rectOf(node);
    if (rect.width < 2 || rect.height < 2) return null;
    if (rect.right + scrollX <= 0 || rect.bottom + scrollY <= 0) return null;
    return rect;
  };
  const coveredAt = (node, rect) => {
    const x = rect.left + rect.width / 2;
    const y = rect.top + rect.height / 2;
    if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) return false;
    let hit = fromPoint[9](document, x, y);
    for (let shadow = hit && shadowRootOf(hit); shadow; shadow = hit && shadowRootOf(hit)) {
      const inner = fromPoint[11](shadow, x, y);
      if (!inner || inner === hit) break;
      hit = inner;
    }
    if (!hit) return true;
    if (climb(hit, (at) => at === node || localName(at) === "label") || climb(node, (at) => at === hit)) return false;
    return true;
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
    const wrapping = climb(node, (at) => localName(at) === "label");
    if (wrapping && !texts.length) texts.push(clean(textContent(wrapping), 120));
    texts.push(textById(node, "aria-labelledby"));
    return texts.filter(Boolean).join(" ");
  };
  // The text just before a field, for forms laid out in tables and lists without labels.
  const textBefore = (node) => {
    let at = node;
    for (let hops = 0; at && hops < 4; hops += 1) {
      let before = at;
      while ((before = previousSiblingOf(before))) {
        if (nodeType(before) === 1 && (SKIPPED.has(localName(before)) || holdsField(before))) return "";
        const text = clean(nodeType(before) === 3 ? nodeValue(before) : textContent(before), 80);
        if (text) return text;
      }
      at = above(at);
      if (at && ["form", "body", "fieldset"].includes(localName(at))) return "";
    }
    return "";
  };
  const previousSiblingOf = getter(Node, "previousSibling");
  const query = method(Element, "querySelector");
  const holdsField = (node) => matches(node, "input,select,textarea,button") || query(node, "input,select,textarea,button") !== null;

  const see = () => {
    const seen = { fields: [], buttons: [], links: [], lines: [], marks: [], frames: [] };
    let order = 0;
    const quietly = (node, name) => ["a", "button", "label", "title"].includes(name) || attributeOf(node, "role") === "button";

    const line = (node, text, alarm) => {
      if (seen.lines.length >= LIMITS.lines || !text || !visibleRect(node)) return;
      seen.lines.push({ text, alarm, heading: HEADINGS.has(localName(node)) || attributeOf(node, "role") === "heading", order, node });
    };
    const field = (node, name) => {
      const type = name === "input" ? typeOf(node) : name;
      if (NO_FIELD_TYPES.has(type) || seen.fields.length >= LIMITS.fields) return;
      seen.fields.push({ node, name, type, order });
    };
    const button = (node, name) => {
      if (seen.buttons.length < LIMITS.buttons) seen.buttons.push({ node, name, order });
    };
    const mark = (node, name) => {
      const words = `${attribute(node, "src", 300)} ${attribute(node, "class")} ${attribute(node, "id")} ${attribute(node, "name")} ${attribute(node, "title")}`;
      if (CHALLENGE.test(words) || hasAttribute(node, "data-sitekey")) seen.marks.push({ node, name, words });
    };
    const visit = (node, name) => {
      if (name === "input" || name === "textarea" || name === "select") {
        if (name === "input" && BUTTON_TYPES.has(typeOf(node))) button(node, name);
        else field(node, name);
      } else if (name === "button" || attributeOf(node, "role") === "button") button(node, name);
      else if (name === "a" && seen.links.length < LIMITS.links) seen.links.push({ node, order });
      else if ((name === "iframe" || name === "frame") && seen.frames.length < LIMITS.frames) seen.frames.push(node);
      if (seen.marks.length < 10) mark(node, name);
    };
    const walk = (parent, said, alarmed) => {
      for (let node = firstChild(parent); node; node = nextSibling(node)) {
        if (nodeType(node) === 3) {
          if (!said && nodeType(parent) === 1) {
            const text = clean(nodeValue(node));
            if (text) line(parent, text, alarmed);
          }
          continue;
        }
        if (nodeType(node) !== 1) continue;
        const name = localName(node);
        if (SKIPPED.has(name)) continue;
        order += 1;
        if (order > LIMITS.elements) return;
        visit(node, name);
        const alarm = alarmed || alarming(node);
        let told = said || quietly(node, name);
        if (!told && ownText(node)) {
          const text = (textContent(node) || "").length < 2000 ? clean(textContent(node), 400) : "";
          if (text && text.length <= LIMITS.text && !holdsField(node)) {
            line(node, text, alarm);
            told = true;
          }
        }
        const shadow = shadowRootOf(node);
        if (shadow) walk(shadow, told, alarm);
        walk(node, told, alarm);
      }
    };
    walk(document, false, false);
    return seen;
  };
  const ownText = (node) => {
    for (let child = firstChild(node); child; child = nextSibling(child))
      if (nodeType(child) === 3 && /\S/.test(nodeValue(child))) return true;
    return false;
  };
  const alarming = (node) => {
    const role = attributeOf(node, "role");
    if (role === "alert" || attributeOf(node, "aria-live") === "assertive") return true;
    return ALARMING.test(`${attributeOf(node, "class") || ""} ${attributeOf(node, "id") || ""}`.toLowerCase());
  };

  // Fields belong together by their form; without one, by the smallest box that also holds a button.
  const grouping = (seen) => {
    const owner = (node, name) => (formOf[name] && formOf[name](node)) || climb(node, (at) => localName(at) === "form");
    const withButton = new Set();
    for (const { node, name } of seen.buttons)
      if (!owner(node, name) && visibleRect(node)) climb(node, (at) => !withButton.add(at));
    let boxes = new Set();
    for (const item of seen.fields) {
      item.group = owner(item.node, item.name);
      if (!item.group && visibleRect(item.node)) {
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
    return (node, name) => owner(node, name) || climb(node, (at) => boxes.has(at));
  };

  const describeField = ({ node, name, type, order, group }) => {
    const rect = visibleRect(node);
    return {
      key: numberOf(node), path: pathOf(node), group: group ? numberOf(group) : 0, order, type,
      name: attribute(node, "name"), id: attribute(node, "id"),
      autocomplete: attribute(node, "autocomplete").toLowerCase(),
      label: labelText(node, name), placeholder: attribute(node, "placeholder"),
      aria: clean(`${attribute(node, "aria-label")} ${attribute(node, "title")}`), near: textBefore(node),
      shape: clean(`${attribute(node, "inputmode")} ${attribute(node, "pattern", 40)}`),
      maxlength: Number(attributeOf(node, "maxlength") || -1) || -1,
      length: type === "checkbox" || type === "radio" ? Number(checkedOf(node)) : (valueOf[name] ? valueOf[name](node).length : 0),
      required: hasAttribute(node, "required") || attributeOf(node, "aria-required") === "true",
      usable: rect !== null && !matches(node, ":disabled") && !hasAttribute(node, "readonly"),
      visible: rect !== null, veiled: climb(node, (at) => attributeOf(at, "aria-hidden") === "true") !== null,
      covered: rect !== null && coveredAt(node, rect),
      invalid: attributeOf(node, "aria-invalid") === "true",
      box: rect ? [rect.left + scrollX, rect.top + scrollY, rect.width, rect.height].map(Math.round) : [0, 0, 0, 0],
    };
  };
  const describeButton = ({ node, name, order }, groupOf) => {
    const rect = visibleRect(node);
    const group = groupOf(node, name);
    const type = name === "input" ? typeOf(node) : name === "button" ? (attribute(node, "type").toLowerCase() || "submit") : "button";
    const text = name === "input" ? (type === "image" ? attribute(node, "alt") : clean(valueOf.input(node), 80)) : clean(textContent(node), 80);
    return {
      key: numberOf(node), path: pathOf(node), group: group ? numberOf(group) : 0, order, type, text,
      hint: clean(`${attribute(node, "aria-label")} ${attribute(node, "title")} ${attribute(node, "value", 60)}`),
      name: clean(`${attribute(node, "name")} ${attribute(node, "id")} ${attribute(node, "class", 160)}`),
      visible: rect !== null, enabled: !matches(node, ":disabled") && attributeOf(node, "aria-disabled") !== "true",
      box: rect ? [rect.left + scrollX, rect.top + scrollY, rect.width, rect.height].map(Math.round) : [0, 0, 0, 0],
    };
  };
  const describeGroups = (nodes) =>
    nodes.map((node) => ({
      key: numberOf(node), form: localName(node) === "form",
      words: clean(`${attribute(node, "id")} ${attribute(node, "name")} ${attribute(node, "class")} ${attribute(node, "action", 200)} ${attribute(node, "aria-label")}`, 400),
    }));

  const look = () => {
    const seen = see();
    const groupOf = grouping(seen);
    const groups = new Set(seen.fields.map((item) => item.group).filter(Boolean));
    const links = seen.links.filter(({ node }) => visibleRect(node) || LEAVING.test(attribute(node, "href", 200)));
    const navigation = performance.getEntriesByType("navigation")[0];
    frames = seen.frames.filter((node) => { const rect = visibleRect(node); return rect && rect.width >= 60 && rect.height >= 30; });
    return {
      document: documentKey, url: location.href, title: clean(titleOf(document)), ready: readyStateOf(document),
      status: (navigation && navigation.responseStatus) || 0,
      fields: seen.fields.map(describeField),
      buttons: seen.buttons.map((item) => describeButton(item, groupOf)),
      groups: describeGroups([...groups]),
      links: links.map(({ node, order }) => {
        const group = groupOf(node, "a");
        return { text: clean(`${textContent(node)} ${attribute(node, "aria-label")} ${attribute(node, "title")}`, 80), target: attribute(node, "href", 200), group: group ? numberOf(group) : 0, order };
      }),
      lines: seen.lines.map(({ text, alarm, heading, order, node }) => {
        const group = groupOf(node, "p");
        return { text, alarm, heading, order, group: group ? numberOf(group) : 0 };
      }),
      challenges: seen.marks.filter(({ node }) => visibleRect(node)).map(({ name, words }) => ({ name, words: clean(words, 200) })),
      frames: frames.map(pathOf),
    };
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
      const watch = (root) => {
        watcher.observe(root, ROOT_CHANGES);
        for (const shadow of roots(root)) watch(shadow);
      };
      watch(document);
      listen(document, "readystatechange", done);
    });
  const roots = (root) => {
    const found = [];
    const walker = treeWalker(document, root, NodeFilter.SHOW_ELEMENT);
    while (walker.nextNode()) { const shadow = shadowRootOf(walker.currentNode); if (shadow) found.push(shadow); }
    return found;
  };

  // A box for one use: the hand that types leaves it empty.
  const element = (number) => ({ element: nodes.has(number) ? nodes.get(number).deref() : undefined });

  return { look, changed, element, frame: (place) => frames[place] || null };
})();
