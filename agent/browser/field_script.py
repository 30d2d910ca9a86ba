"""The one function that looks at a field and types into it, run in an isolated world.

It does both in a single turn of the page. Chromium's ``Input.insertText`` types into whatever has
the focus when it arrives, and a foreign frame that keeps calling ``focus()`` got 8 of 10 values
that were meant for the page around it. Here no code of any page runs between check and insertion.
"""

TYPE_INTO_FIELD = """function(asked) {
  const element = this.element;
  const refused = (reason) => ({ refused: reason });
  const of = (kind, name, on) =>
    Object.getOwnPropertyDescriptor(kind.prototype, name).get.call(on);

  // Asked of every root on the way up, since a closed one can be seen into from inside alone.
  const focused = () => {
    for (let at = element; ;) {
      const root = at.getRootNode();
      const kind = root instanceof ShadowRoot ? ShadowRoot : Document;
      if (of(kind, 'activeElement', root) !== at) return false;
      if (kind === Document) return true;
      at = root.host;
    }
  };
  const opacity = () => {
    let product = 1;
    let node = element;
    while (node) {
      if (node instanceof Element) product *= Number(getComputedStyle(node).opacity);
      node = node.assignedSlot || node.parentNode || node.host;
    }
    return product;
  };
  const shown = () => {
    const box = element.getBoundingClientRect();
    const [left, right] = [Math.max(box.left, 0), Math.min(box.right, innerWidth)];
    const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
    if (right - left < 8 || bottom - top < 8) return 'hidden';
    if (!element.checkVisibility({ visibilityProperty: true })) return 'hidden';
    const parts = [0.1, 0.5, 0.9];
    const meets = (x, y) => {
      const met = element.getRootNode().elementFromPoint(x, y);
      return met === element || (met instanceof HTMLLabelElement && met.control === element);
    };
    return parts.some((across) => parts.some((down) =>
      meets(left + across * (right - left), top + down * (bottom - top)))) ? '' : 'covered';
  };
  const wrong = () => {
    const seen = [self.origin, ...location.ancestorOrigins];
    if (JSON.stringify(seen) !== JSON.stringify(asked.origins)) return 'moved';
    if (!element || !element.isConnected) return 'gone';
    const area = element instanceof HTMLTextAreaElement;
    if (!area && !(element instanceof HTMLInputElement)) return 'not-a-field';
    if (!asked.kinds.includes(area ? 'textarea' : element.type)) return 'kind';
    if (element.matches(':disabled')) return 'disabled';
    if (element.readOnly) return 'readonly';
    return '';
  };
  const hidden = () => {
    return shown() || (opacity() < 0.7 ? 'transparent' : '');
  };
  const actions = () => {
    const form = element.form;
    if (!form) return [];
    const found = [of(HTMLFormElement, 'action', form)];
    for (const part of of(HTMLFormElement, 'elements', form)) {
      const sends = part instanceof HTMLButtonElement || part instanceof HTMLInputElement;
      if (sends && part.hasAttribute('formaction')) found.push(part.formAction);
    }
    return found;
  };

  let reason = wrong();
  if (reason) return refused(reason);
  element.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' });
  reason = hidden();
  if (reason) return refused(reason);
  if (!focused()) element.focus({ preventScroll: true });
  // Focusing ran the page's own code: a field may have become another kind of field by now.
  reason = wrong() || hidden();
  if (reason) return refused(reason);
  if (!focused()) return refused('focus');
  const targets = actions();
  if (asked.text === null) return { actions: targets };
  if (JSON.stringify(targets) !== JSON.stringify(asked.actions)) return refused('form');
  element.select();
  if (!document.execCommand('insertText', false, asked.text)) return refused('not-taken');
  if (!element.isConnected) return { actions: targets };
  const held = asked.digits ? element.value.replace(/[^0-9]/g, '') : element.value;
  delete this.element;
  return held.length === asked.text.length ? { actions: targets } : refused('length');
}"""

REFUSALS = {
    "moved": "the page is sandboxed or has moved on",
    "gone": "the field is no longer in the page",
    "not-a-field": "the element is not an input field",
    "kind": "the field is not of a kind this value may go into",
    "disabled": "the field is disabled",
    "readonly": "the field is read-only",
    "hidden": "the field is not visible",
    "covered": "the field is clipped, or covered by something else",
    "transparent": "the field is transparent",
    "focus": "the field does not take the focus",
    "form": "the form's address changed",
    "not-taken": "the field did not take the value",
    "length": "the field shortened or changed the value",
}
"""What each reason of the function means, for people."""

PASSING = frozenset({"disabled", "readonly", "hidden", "covered", "transparent", "gone"})
"""Reasons that may be over in a moment: a page that is still opening its form."""

UNTIL_EDITABLE = """function(milliseconds) {
  const element = this.element;
  const ends = performance.now() + milliseconds;
  const ready = () => element.checkVisibility({ visibilityProperty: true })
    && !element.matches(':disabled') && !element.readOnly;
  return new Promise((resolve) => {
    const look = () => {
      if (!element || !element.isConnected) resolve(false);
      else if (ready()) resolve(true);
      else if (performance.now() > ends) resolve(false);
      else requestAnimationFrame(look);
    };
    look();
  });
}"""
"""Gives true once the field can be typed into, false when it is gone or the time is over."""
