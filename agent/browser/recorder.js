// What a person does in one document, told to the recorder as it happens. Runs in a world of its own
// before any script of the page: the page neither sees it nor can speak to the recorder.
//
// What is typed into a field that looks like a credential never leaves this world. Of such a field
// only that it was filled is told, and a keyed fingerprint, by which the recorder finds the same text
// elsewhere without knowing it.
(function (asked) {
  if (self.slotrunnerRecords) return;
  self.slotrunnerRecords = true;
  const tell = self[asked.binding];
  const LONGEST = 80;
  const WORDS = ['password', 'totp', 'value'].map((kind) =>
    [kind, new RegExp(asked.words[kind], 'i')]);
  const USER = new RegExp(asked.words.username, 'i');
  const NO_CODE = new RegExp(asked.no_code, 'i');
  const document_id = Math.random().toString(36).slice(2);
  const ids = new WeakMap();
  const targets = new WeakMap();
  const once_password = new WeakSet();
  let count = 0;
  let key_down_on = null;
  let last_clicked = '';
  let opened_by = '';
  let dragged = null;

  // ---- elements

  const squeezed = (text) => (text || '').replace(/[\u200b\u00ad]/g, '').replace(/\s+/g, ' ').trim();
  const is = (element, ...names) => names.includes(element.nodeName.toUpperCase());
  const type_of = (element) => is(element, 'INPUT') ? (element.type || 'text').toLowerCase() : '';
  const id_of = (element) => {
    if (!ids.has(element)) ids.set(element, `${document_id}.${(count += 1)}`);
    return ids.get(element);
  };
  const every = (root = document) => {
    const found = [];
    const walk = (node) => {
      for (const child of node.querySelectorAll('*')) {
        found.push(child);
        if (child.shadowRoot) walk(child.shadowRoot);
      }
    };
    walk(root);
    return found;
  };
  const up = (element) => element.parentElement || element.getRootNode().host || null;
  const NOT_TYPED = ['checkbox', 'radio', 'file', 'button', 'submit', 'reset', 'image', 'hidden'];
  const is_text_field = (element) => is(element, 'TEXTAREA')
    || (is(element, 'INPUT') && !NOT_TYPED.includes(type_of(element)))
    || Boolean(element.isContentEditable);

  // ---- which fields are credentials

  const watch_for_passwords = (root) => new MutationObserver((changes) => {
    for (const change of changes) {
      if ((change.oldValue || '').toLowerCase() === 'password') once_password.add(change.target);
    }
  }).observe(root, {
    attributes: true, attributeFilter: ['type'], attributeOldValue: true, subtree: true,
  });
  const words_of = (element) => {
    const given = ['name', 'id', 'placeholder', 'aria-label', 'autocomplete', 'title']
      .map((name) => element.getAttribute(name) || '');
    return [...labels_of(element), ...given].join(' ')
      .replace(/([a-z])(?=[A-Z])/g, '$1 ').replace(/[_-]/g, ' ');
  };
  const is_one_of_boxes = (element) => element.maxLength === 1
    && [...(element.form || element.getRootNode()).querySelectorAll('input')]
      .filter((one) => one.maxLength === 1).length > 2;
  const by_autocomplete = (element) => {
    const wish = (element.getAttribute('autocomplete') || '').toLowerCase().split(/\s+/);
    if (wish.includes('one-time-code')) return 'totp';
    if (wish.includes('new-password')) return 'new-password';
    if (wish.includes('current-password')) return 'password';
    return wish.some((one) => one.startsWith('cc-num') || one === 'cc-csc') ? 'value' : '';
  };
  const by_words = (element) => {
    const words = words_of(element);
    const found = WORDS.find(([, pattern]) => pattern.test(words));
    if (found && !(found[0] === 'totp' && NO_CODE.test(words))) return found[0];
    const near = [...(element.form || element.getRootNode()).querySelectorAll('input')];
    const password = near.findIndex((one) => type_of(one) === 'password');
    if (password < 0) return '';
    const before = near.slice(0, password).filter((one) =>
      ['text', 'email', 'tel', 'number'].includes(type_of(one))).pop();
    return before === element || USER.test(words) ? 'username' : '';
  };
  const kind_of = (element) => {
    if (!is_text_field(element)) return '';
    const wished = by_autocomplete(element);
    if (wished) return wished;
    if (is_one_of_boxes(element)) return 'totp';
    const named = by_words(element);
    const covered = getComputedStyle(element).webkitTextSecurity;
    const hides = type_of(element) === 'password' || once_password.has(element)
      || (covered && covered !== 'none');
    if (!hides) return named;
    return named && named !== 'username' ? named : 'password';
  };
  const credential = (element) => {
    try {
      return kind_of(element);
    } catch {
      return 'password';
    }
  };
  // Two numbers under a key of this recording alone: enough to know a text again, not to tell it.
  const fingerprint = (text) => {
    let [one, two] = asked.keys;
    for (let at = 0; at < text.length; at += 1) {
      one = Math.imul(one ^ text.charCodeAt(at), 2654435761);
      two = Math.imul(two ^ text.charCodeAt(at), 1597334677);
      one ^= one >>> 15;
      two ^= two >>> 13;
    }
    return [text.length, one >>> 0, two >>> 0];
  };

  // ---- how an element is found again, in the words of a task's target

  const shown = (element) => {
    const style = getComputedStyle(element);
    return style.display !== 'none' && style.visibility === 'visible';
  };
  const in_tree = (element) => {
    for (let at = element; at; at = up(at)) {
      if (at.getAttribute('aria-hidden') === 'true' || at.inert) return false;
      if (getComputedStyle(at).display === 'none') return false;
    }
    return getComputedStyle(element).visibility === 'visible';
  };
  const drawn = (element, which) => {
    const content = getComputedStyle(element, which).content;
    const quoted = /^"((?:[^"\\]|\\.)*)"(?: \/ "((?:[^"\\]|\\.)*)")?$/.exec(content);
    return quoted ? (quoted[2] === undefined ? quoted[1] : quoted[2]) : '';
  };
  const full_text = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.nodeValue;
    if (node.nodeType !== Node.ELEMENT_NODE || is(node, 'SCRIPT', 'STYLE', 'NOSCRIPT')) return '';
    if (is(node, 'INPUT') && ['submit', 'button'].includes(type_of(node))) return node.value;
    const parts = [...node.childNodes].map(full_text);
    return parts.join('') + (node.shadowRoot ? [...node.shadowRoot.childNodes].map(full_text).join('') : '');
  };
  const spoken = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.nodeValue;
    if (node.nodeType !== Node.ELEMENT_NODE || is(node, 'SCRIPT', 'STYLE', 'NOSCRIPT', 'TEMPLATE')) {
      return '';
    }
    if (node.getAttribute('aria-hidden') === 'true' || !shown(node)) return '';
    const own = own_name(node);
    if (own) return own;
    const inside = is(node, 'SLOT') && node.assignedNodes().length
      ? node.assignedNodes() : (node.shadowRoot || node).childNodes;
    const text = drawn(node, '::before') + [...inside].map(spoken).join('') + drawn(node, '::after');
    const inline = /^(inline|contents)/.test(getComputedStyle(node).display) && !is(node, 'BR');
    return inline ? text : ` ${text} `;
  };
  const referred = (element, attribute) => (element.getAttribute(attribute) || '').split(/\s+/)
    .filter(Boolean).map((id) => element.getRootNode().getElementById(id)).filter(Boolean);
  const own_name = (element) => {
    const label = squeezed(element.getAttribute('aria-label'));
    if (label) return label;
    if (is(element, 'IMG', 'AREA') || type_of(element) === 'image') {
      return squeezed(element.getAttribute('alt'));
    }
    return '';
  };
  const NAMED_BY_CONTENT = ['button', 'cell', 'checkbox', 'columnheader', 'gridcell', 'heading', 'link',
    'menuitem', 'menuitemcheckbox', 'menuitemradio', 'option', 'radio', 'row', 'rowheader', 'switch',
    'tab', 'tooltip', 'treeitem'];
  const NAMED = { submit: 'Submit', reset: 'Reset' };
  const name_of = (element) => {
    const others = referred(element, 'aria-labelledby');
    if (others.length) return squeezed(others.map(spoken).join(' '));
    const own = own_name(element);
    if (own) return own;
    if (['button', 'submit', 'reset'].includes(type_of(element))) {
      return squeezed(element.value) || NAMED[type_of(element)] || '';
    }
    if (element.labels && element.labels.length) {
      return squeezed([...element.labels].map(spoken).join(' '));
    }
    if (is(element, 'INPUT', 'SELECT', 'TEXTAREA') || !NAMED_BY_CONTENT.includes(role_of(element))) {
      return squeezed(element.getAttribute('title'));
    }
    const text = squeezed([drawn(element, '::before'), ...[...(element.shadowRoot || element).childNodes]
      .map(spoken), drawn(element, '::after')].join(''));
    return text || squeezed(element.getAttribute('title'));
  };
  const INPUT_ROLES = {
    button: 'button', submit: 'button', reset: 'button', image: 'button',
    checkbox: 'checkbox', radio: 'radio',
  };
  const role_of = (element) => {
    const written = (element.getAttribute('role') || '').trim().split(/\s+/)[0];
    if (written) return asked.roles.includes(written) ? written : '';
    if (is(element, 'BUTTON')) return 'button';
    if (is(element, 'A', 'AREA')) return element.hasAttribute('href') ? 'link' : '';
    if (is(element, 'INPUT')) return INPUT_ROLES[type_of(element)] || '';
    if (/^H[1-6]$/.test(element.nodeName)) return 'heading';
    if (is(element, 'OPTION')) return 'option';
    return is(element, 'IMG') && element.getAttribute('alt') ? 'img' : '';
  };
  const labels_of = (element) => {
    const others = referred(element, 'aria-labelledby');
    if (others.length) return others.map((one) => squeezed(full_text(one)));
    const own = squeezed(element.getAttribute('aria-label'));
    if (own) return [own];
    return [...(element.labels || [])].map((one) => squeezed(full_text(one)));
  };
  const alone = (element, found) => found.length === 1 && found[0] === element;
  const short = (text) => text && text.length <= LONGEST;
  const same = (one, two) => one.toLowerCase().includes(two.toLowerCase());

  const by_test_id = (element, all) => {
    const id = element.getAttribute('data-testid');
    const found = id && all.filter((one) => one.getAttribute('data-testid') === id);
    return found && alone(element, found) ? { test_id: id } : null;
  };
  const by_label = (element, all) => {
    if (!is(element, 'INPUT', 'SELECT', 'TEXTAREA') && !element.isContentEditable) return null;
    for (const label of labels_of(element)) {
      if (short(label) && alone(element, all.filter((one) => labels_of(one).includes(label)))) {
        return { label, exact: true };
      }
    }
    for (const holder of element.labels || []) {
      const first = squeezed([...holder.childNodes].find((one) => squeezed(full_text(one)))?.textContent);
      const found = short(first) && all.filter((one) => labels_of(one).some((own) => same(own, first)));
      if (found && alone(element, found)) return { label: first };
    }
    return null;
  };
  const by_placeholder = (element, all) => {
    const text = squeezed(element.getAttribute('placeholder'));
    const found = short(text)
      && all.filter((one) => squeezed(one.getAttribute('placeholder')) === text);
    return found && alone(element, found) ? { placeholder: text, exact: true } : null;
  };
  const role_and_name = (element, all, several) => {
    const role = role_of(element);
    const name = role && in_tree(element) ? name_of(element) : '';
    if (!short(name)) return null;
    const found = all.filter((one) => role_of(one) === role && in_tree(one) && name_of(one) === name);
    if (alone(element, found)) return { role, name, exact: true };
    const nth = found.indexOf(element);
    return several && nth >= 0 ? { role, name, exact: true, nth } : null;
  };
  const by_text = (element, all) => {
    const text = squeezed(full_text(element));
    if (!short(text) || element.shadowRoot) return null;
    if (is(element, 'INPUT', 'SELECT', 'TEXTAREA', 'BODY', 'HTML')) return null;
    const says = (one) => squeezed(full_text(one)) === text;
    const found = all.filter((one) => !is(one, 'SCRIPT', 'STYLE', 'HEAD', 'TITLE') && says(one)
      && ![...one.children, ...(one.shadowRoot ? one.shadowRoot.children : [])].some(says));
    return alone(element, found) ? { text, exact: true } : null;
  };
  // A number or a hash in an id is most often made anew for each page.
  const lasts = (text) => text && text.length <= LONGEST && !/\d{3}|[0-9a-f]{8}|[:${}]/i.test(text);
  const stays = (element) => lasts(element.id) ? `#${CSS.escape(element.id)}` : '';
  const matches = (element, css, all) => alone(element, all.filter((one) => one.matches(css)));
  const by_attribute = (element, all) => {
    const tag = element.nodeName.toLowerCase();
    const tried = [stays(element)];
    for (const name of ['name', 'title', 'alt', 'aria-label', 'src']) {
      const value = element.getAttribute(name);
      if (lasts(value)) tried.push(`${tag}[${name}=${JSON.stringify(value)}]`);
    }
    const css = tried.find((one) => one && matches(element, one, all));
    return css ? { css } : null;
  };
  const path_to = (element) => {
    const parts = [];
    for (let at = element; at; at = up(at)) {
      const id = stays(at);
      const root = at.getRootNode();
      const [tag, parent] = [at.nodeName.toLowerCase(), at.parentNode];
      const twins = parent ? [...parent.children].filter((one) => one.nodeName === at.nodeName) : [];
      const part = id || (twins.length > 1 ? `${tag}:nth-of-type(${twins.indexOf(at) + 1})` : tag);
      parts.unshift(part);
      if (id && every().filter((one) => one.matches(id)).length === 1) break;
      if (parent === root && root.host) parts.unshift(' ');
      else if (up(at)) parts.unshift(' > ');
    }
    return { css: parts.join('').trim() };
  };
  const found_by = (element) => {
    const all = every();
    const field = is(element, 'INPUT', 'SELECT', 'TEXTAREA');
    const ways = [by_test_id, role_and_name, by_label, by_placeholder,
      ...(field ? [] : [by_text]), by_attribute];
    for (const way of ways) {
      const target = way(element, all);
      if (target && !repeats(target)) return target;
    }
    const counted = role_and_name(element, all, true);
    return counted && !repeats(counted) ? counted : path_to(element);
  };
  // A page that shows a credential again must not get it into a target.
  const repeats = (target) => {
    const texts = Object.values(target).filter((one) => typeof one === 'string');
    return every().some((one) => is_text_field(one) && credential(one)
      && squeezed(one.value).length > 2 && texts.some((text) => text.includes(squeezed(one.value))));
  };
  const target_of = (element) => {
    if (!targets.has(element) || !is_text_field(element)) targets.set(element, found_by(element));
    return targets.get(element);
  };

  // ---- what is told

  const emit = (kind, element, more = {}) => {
    const here = element && element.nodeType === Node.ELEMENT_NODE;
    const aim = here ? { target: target_of(element), at: id_of(element) } : {};
    tell(JSON.stringify({ kind, ...aim, ...more, beside: asks_to_sign_in(), time: Date.now() / 1000 }));
  };
  const asks_to_sign_in = () => every().some((one) =>
    is_text_field(one) && ['password', 'totp', 'username'].includes(credential(one)) && shown(one));
  const target_in = (event) => event.composedPath()[0];
  const PRESSED = 'button, a[href], area[href], summary, input, select, textarea, '
    + ['button', 'link', 'tab', 'menuitem', 'menuitemcheckbox', 'menuitemradio', 'option', 'checkbox',
      'radio', 'switch', 'treeitem', 'combobox'].map((role) => `[role=${role}]`).join(', ');
  const pressed = (element) => {
    for (let at = element; at; at = up(at)) if (at.matches(PRESSED)) return at;
    return element;
  };
  // These change by other ways than the click, or tell of themselves.
  const IN_HAND = ['checkbox', 'radio', 'file', 'range', 'color', 'date', 'time', 'month', 'week',
    'datetime-local'];
  const label_around = (path) => {
    const label = path.find((one) => one.nodeType === Node.ELEMENT_NODE && is(one, 'LABEL'));
    return label && label.control && !path.includes(label.control) ? label : null;
  };

  const filled = (event) => {
    const element = target_in(event);
    if (!event.isTrusted || element.nodeType !== Node.ELEMENT_NODE) return;
    if (!is_text_field(element)) {
      if (!is(element, 'INPUT', 'SELECT')) emit('unseen', null);
      return;
    }
    const withheld = credential(element);
    const text = is(element, 'INPUT', 'TEXTAREA') ? element.value : element.innerText;
    const origins = [self.origin, ...location.ancestorOrigins];
    if (withheld) emit('fill', element, { withheld, origins, print: fingerprint(text) });
    else emit('fill', element, { value: text, origins });
  };
  const changed = (event) => {
    const element = target_in(event);
    if (!event.isTrusted || element.nodeType !== Node.ELEMENT_NODE) return;
    if (is(element, 'SELECT')) {
      const chosen = [...element.selectedOptions].map((option) =>
        [option.value, squeezed(option.label)]);
      emit('select', element, { chosen });
    } else if (['checkbox', 'radio'].includes(type_of(element))) {
      emit(element.checked ? 'check' : 'uncheck', element);
    } else if (type_of(element) === 'file') {
      emit('upload', element, { files: [...element.files].map((one) => one.name), opened_by });
      opened_by = '';
    }
  };
  const clicked = (event) => {
    const element = target_in(event);
    if (element.nodeType !== Node.ELEMENT_NODE || is(element, 'HTML', 'BODY')) return;
    if (!event.isTrusted) {
      if (type_of(element) === 'file') opened_by = last_clicked;
      return;
    }
    const at = pressed(element);
    // A key in a field presses its form's button; only a key on the button itself is a click.
    if (event.detail === 0 && key_down_on !== at) return;
    if (label_around(event.composedPath()) && at === element) return;
    if (is(at, 'SELECT', 'OPTION') && !at.getAttribute('role')) return;
    if (IN_HAND.includes(type_of(at)) || (is_text_field(at) && credential(at))) {
      if (type_of(at) === 'file') opened_by = '';
      return;
    }
    last_clicked = id_of(at);
    const button = { 1: 'middle', 2: 'right' }[event.button];
    emit(event.detail === 2 ? 'dblclick' : 'click', at, button ? { button } : {});
  };
  const MODIFIERS = ['Control', 'Alt', 'Meta', 'Shift'];
  const key_of = (event) => {
    const held = MODIFIERS.filter((name) => event[`${name === 'Control' ? 'ctrl' : name.toLowerCase()}Key`]
      && (name !== 'Shift' || event.key.length > 1));
    return [...held, event.key === ' ' ? 'Space' : event.key].join('+');
  };
  const is_key_of_field = (event, element) => {
    if (event.key === 'Enter') return is(element, 'INPUT') || event.ctrlKey || event.metaKey;
    return ['Escape', 'ArrowDown', 'ArrowUp'].includes(event.key) && !credential(element)
      && !['number', 'date', 'time', 'range'].includes(type_of(element)) && is(element, 'INPUT');
  };
  const is_key_of_page = (event, element) => {
    const presses = ['Enter', ' '].includes(event.key) && pressed(element).matches(PRESSED);
    if (presses || is(element, 'SELECT') || is(element, 'INPUT')) return false;
    // Letters outside of a field could be a password for a field that is none.
    return event.key.length > 1 || ((event.ctrlKey || event.metaKey || event.altKey)
      && !event.getModifierState('AltGraph') && !'acvxz'.includes(event.key.toLowerCase()));
  };
  const SILENT = [...MODIFIERS, 'Tab', 'AltGraph', 'CapsLock', 'Dead', 'Process', 'Unidentified'];
  const key_pressed = (event) => {
    const element = target_in(event);
    if (!event.isTrusted || event.isComposing || element.nodeType !== Node.ELEMENT_NODE) return;
    key_down_on = is_text_field(element) ? null : pressed(element);
    if (SILENT.includes(event.key) || event.repeat) return;
    const own = is_text_field(element) ? is_key_of_field : is_key_of_page;
    if (!own(event, element)) return;
    emit('press', is(element, 'BODY', 'HTML') ? null : element, { key: key_of(event) });
  };
  const dropped = (event) => {
    const to = target_in(event);
    if (!event.isTrusted || !dragged || to.nodeType !== Node.ELEMENT_NODE) return;
    emit('drag', dragged, { to: target_of(to) });
    dragged = null;
  };

  const listen = (name, listener) => addEventListener(name, listener, { capture: true, passive: true });
  listen('input', filled);
  listen('change', changed);
  listen('click', clicked);
  listen('auxclick', clicked);
  listen('keydown', key_pressed);
  listen('dragstart', (event) => { dragged = event.isTrusted ? target_in(event) : null; });
  listen('drop', dropped);
  listen('focusin', (event) => {
    const element = target_in(event);
    if (type_of(element) !== 'password') return;
    once_password.add(element);
    if (element.getRootNode() !== document) watch_for_passwords(element.getRootNode());
  });
  watch_for_passwords(document);
  self.slotrunnerFinds = found_by;
  self.slotrunnerFrame = (frame) => (by_attribute(frame, every()) || path_to(frame)).css;
})
