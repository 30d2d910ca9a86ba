"""A Playwright trace, rewritten so that the viewer still opens it and no secret is left in it."""

from __future__ import annotations

from collections import defaultdict
from contextlib import closing
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from agent.artifacts.archive import open_private, open_recording, writing_zip
from agent.artifacts.artifact import Refused
from agent.artifacts.bodies import LARGEST_BODY
from agent.artifacts.foreign import Foreign
from agent.artifacts.harvest import Harvest
from agent.artifacts.literal import Scrubber, clean_line, compact
from agent.artifacts.notices import short_values
from agent.artifacts.past_texts import PastTexts
from agent.artifacts.trace_events import clean_event, is_machinery
from agent.artifacts.trace_foreign import bare_entry, body_file, empty_snapshot, place_of
from agent.artifacts.trace_frames import FilmStrip
from agent.artifacts.trace_lines import HELD, TraceLines
from agent.artifacts.trace_members import clean_stacks, new_names
from agent.artifacts.trace_network import clean_entry
from agent.artifacts.trace_resources import Resources
from agent.artifacts.trace_snapshots import Snapshots
from agent.artifacts.trace_spool import CONSOLE, LOG, SNAPSHOT, Spool

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from agent.artifacts.archive import Recording, ZipWriter
    from agent.artifacts.cleaning import Cleaning
    from agent.artifacts.raw import RawArtifact
    from agent.artifacts.trace_events import Event

KNOWN_VERSIONS = frozenset({10})
_NETWORK = "resource-snapshot"
_CONTEXT = "context-options"


class TraceKind:
    """The cleaner of ``trace.zip`` (format 10): harvest, default-deny rewrite, literal pass.

    ``held`` bytes of events are held; more are read again for each pass, a line at a time.
    """

    def __init__(self, *, held: int = HELD) -> None:
        self._held = held

    def clean(self, raw: RawArtifact, cleaning: Cleaning) -> Path:
        """Write the clean zip; ``Refused`` for an unknown version or anything it cannot read."""
        target = cleaning.workspace / "trace.zip"
        with open_recording(raw.path, cleaning.budget) as recording, writing_zip(target) as out:
            lines = TraceLines(recording, cleaning.budget, held=self._held)
            with closing(PastTexts(cleaning.workspace, held=self._held)) as pasts:
                _Rewrite(recording, lines, cleaning, (out, pasts)).write()
        return target


class _Rewrite:
    """One recording on its way to clean members."""

    def __init__(
        self,
        recording: Recording,
        lines: TraceLines,
        cleaning: Cleaning,
        ways_out: tuple[ZipWriter, PastTexts],
    ) -> None:
        self._recording = recording
        self._lines = lines
        self._out, pasts = ways_out
        self._cleaning = cleaning
        self._redactor = cleaning.secrets.redactor
        self._scrubber = Scrubber(self._redactor)
        self._foreign = Foreign(cleaning.secrets)
        self._notice = short_values(self._redactor)
        self._resources = Resources(recording, self._redactor, self._out)
        self._snapshots = Snapshots(self._redactor, self._resources.kept_file, pasts)
        self._strips: defaultdict[str, FilmStrip] = defaultdict(FilmStrip)

    def write(self) -> None:
        """Write all members of the clean zip under their new names; bodies go out one by one."""
        traces, networks = self._recording.names(".trace"), self._recording.names(".network")
        if not traces:
            raise Refused("the recording holds no trace")
        new_name = new_names([*traces, *networks, *self._recording.names(".stacks")])
        self._harvest(traces, networks)
        self._look_abroad([*traces, *networks])
        spools = {name: self._trace(name) for name in traces}
        for name, spool in spools.items():
            lines = spool.lines(self._snapshots.later)
            last = self._film_strip(name) if name == traces[-1] else ()
            self._add(new_name[name], chain(lines, last))
            spool.forget()
        for name in networks:
            self._add(new_name[name], self._network(name))
        for name in self._recording.names(".stacks"):
            self._add(
                new_name[name], clean_stacks(partial(self._recording.open, name), self._redactor)
            )

    def _add(self, name: str, parts: Iterable[bytes]) -> None:
        """Add a member piece by piece; while it is made, others may be added."""
        path = self._cleaning.workspace / "member"
        with open_private(path) as file:
            file.writelines(parts)
        self._out.add_file(name, path)
        path.unlink()

    def _harvest(self, traces: Sequence[str], networks: Sequence[str]) -> None:
        with Harvest(self._cleaning.secrets) as harvest:
            for name in traces:
                _check_version(set(self._versions(name, harvest)), name)
            for line, event in chain.from_iterable(map(self._lines.of, networks)):
                _harvest_event(harvest, line, event)
            for name in self._recording.names():
                if name.startswith("resources/") and self._recording.size(name) <= LARGEST_BODY:
                    harvest.from_body(self._recording.read(name))

    def _versions(self, name: str, harvest: Harvest) -> Iterator[Any]:
        """Learn from each event of a trace; gives the versions it says it has."""
        for line, event in self._lines.of(name):
            _harvest_event(harvest, line, event)
            self._strips[name].note(event)
            if event.get("type") == _CONTEXT:
                yield event.get("version")

    def _look_abroad(self, names: Iterable[str]) -> None:
        """Note the origins that show a value that is not for them, before anything is written."""
        if not self._foreign.judges:
            return
        for line, event in chain.from_iterable(map(self._lines.of, names)):
            url = place_of(event)
            if not self._foreign.wants(url):
                continue
            self._foreign.look(url, line)
            file = body_file(event)
            if self._recording.has(file) and self._recording.size(file) <= LARGEST_BODY:
                self._foreign.look(url, self._recording.read(file))

    def _trace(self, name: str) -> Spool:
        path = self._cleaning.workspace / f"spool-{uuid4().hex}"
        hidden: set[Any] = set()
        with Spool(path, self._redactor, self._snapshots.taken) as spool:
            for line, event in self._lines.of(name):
                if is_machinery(event):
                    hidden.add(event.get("callId"))
                # a snapshot's nodes may be referred to by a later one
                if event.get("type") == SNAPSHOT:
                    spool.put(self._snapshot(line, event))
                elif event.get("callId") not in hidden:
                    self._event(line, event, (name, spool))
        return spool

    def _event(self, line: bytes, event: Event, place: tuple[str, Spool]) -> None:
        name, spool = place
        clean = None if self._foreign.caught(place_of(event)) else clean_event(event)
        if clean is None:
            return
        if event["type"] == _CONTEXT and self._notice:
            # the viewer shows it above everything else
            clean["title"] = self._notice
        if event["type"] in (CONSOLE, LOG):
            # a value may lie over several lines, or grow from one to the next
            known = event["type"] == CONSOLE or self._redactor.find(line)
            spool.put(self._scrubber.scrubbed(clean) if known else clean)
        else:
            spool.put_line(clean_line(clean, self._redactor, name))

    def _snapshot(self, line: bytes, event: Event) -> Event:
        """Rewritten and joined to those before it; a later one may still mark text in it."""
        snapshot = event.get("snapshot") or {}
        if self._foreign.caught(place_of(event)):
            empty_snapshot(snapshot)
        clean = self._snapshots.clean(snapshot)
        if self._redactor.find(line):
            nodes = self._scrubber.scrubbed_nodes(clean.pop("html", None))
            clean = {**self._scrubber.scrubbed(clean), "html": nodes}
        self._snapshots.join(clean)
        return {"type": SNAPSHOT, "snapshot": clean}

    def _network(self, name: str) -> Iterator[bytes]:
        for _, entry in self._lines.of(name):
            if entry.get("type") == _NETWORK:
                caught = self._foreign.caught(place_of(entry))
                snapshot = bare_entry(entry["snapshot"]) if caught else entry.get("snapshot") or {}
                clean = clean_entry(snapshot, self._resources.keep)
                event = {"type": _NETWORK, "snapshot": clean}
                yield clean_line(event, self._redactor, name) + b"\n"

    def _film_strip(self, name: str) -> Iterator[bytes]:
        for frame, picture in self._strips[name].frames(self._cleaning.pictures):
            self._out.add(frame["file"], picture.path.read_bytes())
            yield compact(frame) + b"\n"


def _harvest_event(harvest: Harvest, line: bytes, event: Event) -> None:
    snapshot = event.get("snapshot") or {}
    if event.get("type") == _NETWORK:
        harvest.from_entry(snapshot)
    elif event.get("type") == SNAPSHOT:
        harvest.from_url(str(snapshot.get("frameUrl", "")))
        if b'"hidden"' in line or b'"META"' in line:
            harvest.from_nodes(snapshot.get("html"))
    elif event.get("type") == "after":
        harvest.from_result(event.get("result"))


def _check_version(versions: set[Any], name: str) -> None:
    """The format moves fast: only a version this code was written for is rewritten."""
    if not versions or not versions <= KNOWN_VERSIONS:
        raise Refused("the trace format's version is not known here", member=name)
