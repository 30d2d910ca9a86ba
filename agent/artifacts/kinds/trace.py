"""A Playwright trace, rewritten so that the viewer still opens it and no secret is left in it."""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, cast

from agent.artifacts.archive import open_recording, writing_zip
from agent.artifacts.artifact import Refused
from agent.artifacts.bodies import LARGEST_BODY
from agent.artifacts.foreign import Foreign
from agent.artifacts.growing import mark_growing
from agent.artifacts.harvest import Harvest
from agent.artifacts.literal import Scrubber, clean_line, compact
from agent.artifacts.notices import short_values
from agent.artifacts.trace_events import clean_event, is_machinery
from agent.artifacts.trace_foreign import bare_entry, body_file, empty_snapshot, place_of
from agent.artifacts.trace_frames import film_strip
from agent.artifacts.trace_network import clean_entry
from agent.artifacts.trace_resources import Resources
from agent.artifacts.trace_snapshots import Snapshots, mark_joined

if TYPE_CHECKING:
    from pathlib import Path

    from agent.artifacts.archive import Recording, ZipWriter
    from agent.artifacts.cleaning import Cleaning
    from agent.artifacts.raw import RawArtifact
    from agent.artifacts.trace_events import Event

KNOWN_VERSIONS = frozenset({10})
_NETWORK = "resource-snapshot"
_SNAPSHOT = "frame-snapshot"
_CONSOLE, _LOG = "console", "log"
_CONTEXT = "context-options"


class TraceKind:
    """The cleaner of ``trace.zip`` (format 10): harvest, default-deny rewrite, literal pass."""

    def clean(self, raw: RawArtifact, cleaning: Cleaning) -> Path:
        """Write the clean zip; ``Refused`` for an unknown version or anything it cannot read."""
        target = cleaning.workspace / "trace.zip"
        with open_recording(raw.path, cleaning.budget) as recording, writing_zip(target) as out:
            _Rewrite(recording, cleaning, out).write()
        return target


class _Rewrite:
    """One recording on its way to clean members."""

    def __init__(self, recording: Recording, cleaning: Cleaning, out: ZipWriter) -> None:
        self._recording = recording
        self._out = out
        self._cleaning = cleaning
        self._redactor = cleaning.secrets.redactor
        self._scrubber = Scrubber(self._redactor)
        self._foreign = Foreign(cleaning.secrets)
        self._notice = short_values(self._redactor)
        self._resources = Resources(recording, self._redactor, out)
        self._snapshots = Snapshots(self._redactor, self._resources.kept_file)

    def write(self) -> None:
        """Write all members of the clean zip under their new names; bodies go out one by one."""
        traces = {name: self._events(name) for name in self._recording.names(".trace")}
        networks = {name: self._events(name) for name in self._recording.names(".network")}
        if not traces:
            raise Refused("the recording holds no trace")
        for name, events in traces.items():
            _check_version(events, name)
        lines = [line for lines in (*traces.values(), *networks.values()) for line in lines]
        self._harvest(lines)
        self._look_abroad(lines)
        members = {name: self._trace(name, events) for name, events in traces.items()}
        members |= {name: self._network(name, entries) for name, entries in networks.items()}
        members |= {name: self._stacks(name) for name in self._recording.names(".stacks")}
        members |= self._film_strip(members, traces)
        for name, content in _renamed(members).items():
            self._out.add(name, content)

    def _events(self, name: str) -> list[tuple[bytes, Event]]:
        lines = self._recording.read(name).splitlines()
        return [(line, _parsed(line, f"{name}:{n}")) for n, line in enumerate(lines, 1) if line]

    def _harvest(self, lines: list[tuple[bytes, Event]]) -> None:
        with Harvest(self._cleaning.secrets) as harvest:
            for line, event in lines:
                _harvest_event(harvest, line, event)
            for name in self._recording.names():
                if name.startswith("resources/") and self._recording.size(name) <= LARGEST_BODY:
                    harvest.from_body(self._recording.read(name))

    def _look_abroad(self, lines: list[tuple[bytes, Event]]) -> None:
        """Note the origins that show a value that is not for them, before anything is written."""
        for line, event in lines:
            url = place_of(event)
            if not self._foreign.wants(url):
                continue
            self._foreign.look(url, line)
            file = body_file(event)
            if self._recording.has(file) and self._recording.size(file) <= LARGEST_BODY:
                self._foreign.look(url, self._recording.read(file))

    def _trace(self, name: str, events: list[tuple[bytes, Event]]) -> bytes:
        hidden = {event.get("callId") for _, event in events if is_machinery(event)}
        kept = [
            self._event(line, event, name)
            for line, event in events
            # a snapshot's nodes may be referred to by a later one
            if event.get("type") == _SNAPSHOT or event.get("callId") not in hidden
        ]
        said = [item for item in kept if isinstance(item, dict) and item["type"] == _CONSOLE]
        mark_joined([(item, "text") for item in said], self._redactor)
        mark_growing([(item, "text") for item in said], self._redactor)
        logged = [item for item in kept if isinstance(item, dict) and item["type"] == _LOG]
        mark_growing([(item, "message") for item in logged], self._redactor)
        return b"".join(compact(item) + b"\n" if isinstance(item, dict) else item for item in kept)

    def _event(self, line: bytes, event: Event, name: str) -> bytes | Event:
        self._cleaning.budget.check_time(name)
        if event.get("type") == _SNAPSHOT:
            return self._snapshot(line, event)
        if event.get("type") == _CONTEXT and self._notice:
            # the viewer shows it above everything else
            return compact({**(clean_event(event) or {}), "title": self._notice}) + b"\n"
        clean = None if self._foreign.caught(place_of(event)) else clean_event(event)
        if clean is not None and event.get("type") in (_CONSOLE, _LOG):
            # kept as an object: a value may lie over several lines, or grow from one to the next
            known = event["type"] == _CONSOLE or self._redactor.find(line)
            return cast("Event", self._scrubber.scrubbed(clean)) if known else clean
        return b"" if clean is None else clean_line(clean, self._redactor, name) + b"\n"

    def _snapshot(self, line: bytes, event: Event) -> Event:
        """Kept as an object: a later snapshot may still mark text in it."""
        snapshot = event.get("snapshot") or {}
        if self._foreign.caught(place_of(event)):
            empty_snapshot(snapshot)
        clean = self._snapshots.clean(snapshot)
        if self._redactor.find(line):
            nodes = self._scrubber.scrubbed_nodes(clean.pop("html", None))
            clean = {**self._scrubber.scrubbed(clean), "html": nodes}
        self._snapshots.join(clean)
        return {"type": _SNAPSHOT, "snapshot": clean}

    def _network(self, name: str, entries: list[tuple[bytes, Event]]) -> bytes:
        lines = []
        for _, entry in entries:
            self._cleaning.budget.check_time(name)
            if entry.get("type") == _NETWORK:
                caught = self._foreign.caught(place_of(entry))
                snapshot = bare_entry(entry["snapshot"]) if caught else entry.get("snapshot") or {}
                clean = clean_entry(snapshot, self._resources.keep)
                event = {"type": _NETWORK, "snapshot": clean}
                lines.append(clean_line(event, self._redactor, name) + b"\n")
        return b"".join(lines)

    def _stacks(self, name: str) -> bytes:
        stacks = _parsed(self._recording.read(name), name)
        files = [PurePath(str(file)).name for file in stacks.get("files") or []]
        clean = {"files": files, "stacks": stacks.get("stacks") or []}
        return clean_line(clean, self._redactor, name)

    def _film_strip(
        self, members: dict[str, bytes], traces: dict[str, list[tuple[bytes, Event]]]
    ) -> dict[str, bytes]:
        last = max(traces)
        events = (event for _, event in traces[last])
        frames, pictures = film_strip(self._cleaning.pictures, events)
        for name, content in pictures.items():
            self._out.add(name, content)
        return {last: members[last] + b"".join(compact(frame) + b"\n" for frame in frames)}


def _harvest_event(harvest: Harvest, line: bytes, event: Event) -> None:
    snapshot = event.get("snapshot") or {}
    if event.get("type") == _NETWORK:
        harvest.from_entry(snapshot)
    elif event.get("type") == _SNAPSHOT:
        harvest.from_url(str(snapshot.get("frameUrl", "")))
        if b'"hidden"' in line or b'"META"' in line:
            harvest.from_nodes(snapshot.get("html"))
    elif event.get("type") == "after":
        harvest.from_result(event.get("result"))


def _renamed(members: dict[str, bytes]) -> dict[str, bytes]:
    """The event files under running numbers: ``trace.trace``, ``trace1.trace`` and so on."""
    prefixes = sorted({name.rpartition(".")[0] for name in members})
    number_of = {prefix: number or "" for number, prefix in enumerate(prefixes)}
    return {
        f"trace{number_of[name.rpartition('.')[0]]}.{name.rpartition('.')[2]}": content
        for name, content in members.items()
    }


def _parsed(line: bytes, place: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError:
        raise Refused("a line is not JSON", member=place) from None
    if not isinstance(value, dict):
        raise Refused("a line is not a JSON object", member=place)
    return value


def _check_version(events: list[tuple[bytes, Event]], name: str) -> None:
    """The format moves fast: only a version this code was written for is rewritten."""
    versions = {
        event.get("version") for _, event in events if event.get("type") == "context-options"
    }
    if not versions or not versions <= KNOWN_VERSIONS:
        raise Refused("the trace format's version is not known here", member=name)
