"""The way past what nobody asked for: cookie banners, tours, dialogs, “stay signed in?”.

The control that agrees to least is taken; terms are never accepted and never put aside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.login.controls import layers_of
from agent.login.observation import Way, WayKind
from agent.login.words import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agent.login.controls import Control, Scene


def ways_past(scene: Scene, controls: Sequence[Control]) -> Iterator[Way]:
    """Yield the best control out of each layer that holds no form of ours, and off the page."""
    held = _layers_with_fields(scene)
    best: dict[int, tuple[float, Control]] = {}
    for control in controls:
        if not control.layer and not control.said & {"dismiss", "reject"}:
            continue
        layers = [entry for entry in layers_of(scene, control) if entry[0] not in held]
        outer, about = layers[-1] if layers else (0, frozenset[str]())
        for _, said in layers:
            about |= said
        score = _leaves(scene, control, about, in_layer=bool(layers))
        if score > best.get(outer, (0.0, None))[0]:
            best[outer] = (score, control)
    for score, control in best.values():
        yield Way(WayKind.DISMISS, scene.button(control), control.host, score=score)


def _layers_with_fields(scene: Scene) -> set[int]:
    """List the layers that hold a field of a form that could sign in."""
    keys = {
        spot.key
        for form in scene.forms
        for field in (form.username, form.password, form.code)
        if field
        for spot in field.spots
    }
    parents = {layer.key: layer.parent for layer in scene.look.layers}
    held: set[int] = set()
    for raw in scene.look.fields:
        at = raw.layer if f"{scene.look.document}#{raw.key}" in keys else 0
        while at and at not in held:
            held.add(at)
            at = parents.get(at, 0)
    return held


def _leaves(scene: Scene, control: Control, about: frozenset[str], *, in_layer: bool) -> float:
    """Score a control as the way past a banner, a tour, a dialog or a question nobody asked for."""
    said = control.said or vocabulary().name_kinds(control.called) & {"dismiss"}
    if control.kind in ("radio", "checkbox") or control.leads_within or "terms" in about | said:
        return 0.0
    # “Don't trust this browser” holds the word for what it refuses.
    refuses = bool("reject" in said and scene.said & {"trust", "remember"} and not scene.forms)
    if said & {"forgot", "sign_up", "sign_out", "newsletter", "search"}:
        return 0.0
    if "trust" in said:
        return 1.5 * refuses
    if "cookie" in about:
        score = 4.0 * ("reject" in said) + 2.5 * ("dismiss" in said) + 1.0 * ("accept" in said)
        return score and score + 0.5 * (control.kind != "a")
    if in_layer:
        score = 3.0 * ("dismiss" in said) + 1.5 * ("reject" in said) + 1.0 * ("accept" in said)
        # “OK” beside a cross may send what the dialog asks for.
        score -= 0.5 * (score > 1.0 and "go_on" in said)
        score += 1.0 * ("cancel" in said and not score)
        return score and score + 0.5 * (control.kind != "a")
    if scene.forms or "asks_access" in scene.said or "terms" in scene.said:
        return 0.0
    asked = bool(scene.said & {"stay", "news", "trust", "passkey", "remember"})
    plain = "dismiss" in said and not said & {"consent", "go_on", "cancel", "sign_in"}
    plain = plain or refuses
    return (1.5 if asked else 0.8) if plain else 0.0
