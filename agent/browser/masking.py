"""The sheet that makes what stands in a field invisible, in every document and shadow tree.

It is added to a context before its recording starts, so its source is in no trace. It holds no
secret: it hides the text of every field, not of some. Constructed sheets are allowed by every
Content-Security-Policy (traces.md section 4, technique b2).
"""

MASK_SCRIPT = """
(() => {
  // A layer's important rules win over any important rule outside layers, however specific.
  const hidden = `
      color: transparent !important;
      -webkit-text-fill-color: transparent !important;
      -webkit-text-stroke-color: transparent !important;
      -webkit-text-security: disc !important;
      text-shadow: none !important;
      text-decoration-color: transparent !important;
      caret-color: transparent !important;`;
  const rules = `@layer slotrunner {
    input:not([type=button i], [type=submit i], [type=reset i], [type=checkbox i], [type=radio i],
      [type=range i], [type=color i], [type=image i], [type=file i]),
    textarea, select, option, [contenteditable]:not([contenteditable=false i]),
    [contenteditable]:not([contenteditable=false i]) *,
    input::placeholder, textarea::placeholder,
    input::selection, textarea::selection, [contenteditable] ::selection { ${hidden} }
  }`;
  const sheets = new WeakMap();
  const sheetOf = (root) => {
    const owner = root.ownerDocument || root;
    let sheet = sheets.get(owner);
    if (!sheet) {
      sheet = new (owner.defaultView || window).CSSStyleSheet();
      sheet.replaceSync(rules);
      sheets.set(owner, sheet);
    }
    return sheet;
  };
  const place = (kind) => {
    const described = Object.getOwnPropertyDescriptor(kind.prototype, 'adoptedStyleSheets');
    if (!described || !described.set) return null;
    const write = function (given) {
      const sheet = sheetOf(this);
      described.set.call(this, [...Array.from(given).filter((one) => one !== sheet), sheet]);
    };
    // Pages also change the list in place (push, splice, length): what they get keeps ours last.
    const read = function () {
      const root = this;
      const sheet = sheetOf(root);
      const current = () => described.get.call(root);
      const keep = () => {
        const list = current();
        if (list[list.length - 1] !== sheet) write.call(root, list);
      };
      return new Proxy(current(), {
        set(target, key, value) {
          const done = Reflect.set(target, key, value); keep(); return done;
        },
        deleteProperty(target, key) {
          const done = Reflect.deleteProperty(target, key); keep(); return done;
        },
      });
    };
    Object.defineProperty(kind.prototype, 'adoptedStyleSheets', {
      configurable: true, enumerable: described.enumerable, get: read, set: write,
    });
    return (root) => write.call(root, described.get.call(root));
  };
  const dress = place(Document);
  const dressShadow = Object.getOwnPropertyDescriptor(ShadowRoot.prototype, 'adoptedStyleSheets')
    ? place(ShadowRoot) : dress;
  if (!dress) return;
  dress(document);
  const attachShadow = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (init) {
    const root = attachShadow.call(this, init);
    dressShadow(root);
    return root;
  };
  // Shadow trees written in the HTML never pass attachShadow.
  document.addEventListener('DOMContentLoaded', () => {
    const walk = (root) => root.querySelectorAll('*').forEach((element) => {
      if (element.shadowRoot) { dressShadow(element.shadowRoot); walk(element.shadowRoot); }
    });
    walk(document);
  });
})();
"""
