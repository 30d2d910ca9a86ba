"""The gate's matcher: its own code, its own forms, and no cry where nothing is."""

from __future__ import annotations

import ast
import base64
import json
from pathlib import Path
from urllib.parse import quote

import pytest

from agent.vault import many as many_module
from agent.vault import needles as needles_module
from agent.vault import plainer as plainer_module
from agent.vault.needles import Needles
from agent.vault.plainer import dense, plainer

PASSWORD = 'p@ss "w0rd"&<\u00e9>+/=%\\Zq7'


def knowing(**values: str) -> Needles:
    made = Needles()
    for label, value in values.items():
        made.add(label, value)
    return made


def imports_of(source: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def test_it_shares_no_code_with_the_redactor() -> None:
    ours: set[str] = set()
    for module in (needles_module, plainer_module, many_module):
        assert module.__file__ is not None
        ours |= imports_of(Path(module.__file__).read_text("utf-8"))
    assert {name for name in ours if name.startswith("agent")} == {
        "agent.registry",
        "agent.vault.plainer",
        "agent.vault.many",
    }
    assert "ahocorasick_rs" not in ours


def test_the_redactor_does_not_use_the_gates_code() -> None:
    folder = Path(needles_module.__file__ or "").parent
    for file in [folder / "redactor.py", *(folder / "redaction").glob("*.py")]:
        assert not imports_of(file.read_text("utf-8")) & {
            "agent.vault.needles",
            "agent.vault.plainer",
        }


def test_it_names_every_value_it_sees_and_no_other() -> None:
    made = knowing(one="first-value-1", two="second-value-2", three="third-value-3")
    text = b"second-value-2 " + base64.b64encode(b"x" + b"first-value-1")
    assert made.labels_in(text) == {"one", "two"}


@pytest.mark.parametrize(
    "layers",
    [
        "json percent",
        "percent json",
        "json json json",
        "percent percent json",
        "base64 json",
        "json base64 percent",
        "hex json",
        "base64 base64 json",
    ],
)
def test_layers_of_different_kinds_are_undone(layers: str) -> None:
    ways = {
        "json": lambda text: json.dumps({"k": text}),
        "percent": lambda text: quote(text, safe=""),
        "base64": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
        "hex": lambda text: text.encode().hex(),
    }
    text = PASSWORD
    for layer in reversed(layers.split()):
        text = ways[layer](text)
    assert PASSWORD not in text
    assert knowing(a=PASSWORD).labels_in(text.encode()) == {"a"}


def test_a_text_of_many_layers_comes_to_an_end() -> None:
    text = b"%25" * 50 + b"&amp;" * 50 + b"\\\\" * 64 + b"QUFB" * 50 + b"+a\0b\0c\0d\0<x>"
    forms = list(plainer(text * 20))
    assert len(forms) < 200
    assert knowing(a=PASSWORD).labels_in(text * 20) == frozenset()


def test_a_short_value_counts_only_alone_and_a_shorter_never() -> None:
    made = knowing(pin="Wq7z", pip="abc")
    assert made.labels_in(b"pin Wq7z!") == {"pin"}
    assert made.labels_in(b"aWq7zb wq7z abc") == frozenset()


def test_dense_text_has_no_gaps_and_keeps_broken_bytes() -> None:
    assert (
        dense("a \u00a0b\u200b\tc\n\u00e9".encode() + b"\xff d") == "abc\u00e9".encode() + b"\xffd"
    )


def test_binary_bytes_are_searched_as_they_are_and_where_they_are_readable() -> None:
    noise = bytes(range(128, 256)) * 30
    made = knowing(a=PASSWORD)
    assert made.labels_in(noise) == frozenset()
    assert made.labels_in(noise + PASSWORD.encode() + noise) == {"a"}
    assert made.labels_in(noise + quote(PASSWORD).encode() + noise) == {"a"}
    assert made.labels_in(noise + json.dumps(PASSWORD).encode() + noise) == {"a"}


@pytest.mark.parametrize("filler", [b"", b"the guest list of today\n" * 20_000])
def test_many_values_in_much_text_are_found_as_in_little(filler: bytes) -> None:
    made = Needles()
    values = {f"S{number}.password": f"{number}-Wq7z!{number * 7919}" for number in range(100)}
    for label, value in values.items():
        made.add(label, value)
    assert made.labels_in(filler) == frozenset()
    for label, value in list(values.items())[::33]:
        written = base64.b64encode(b"?" + value.encode()), quote(value).encode(), value.encode()
        for each in written:
            assert made.labels_in(filler + each + filler) == {label}


def test_a_value_learnt_late_is_found_in_much_text() -> None:
    made = knowing(a=PASSWORD)
    filler = b"the guest list of today\n" * 20_000
    assert made.labels_in(filler + b"late-Value-9") == frozenset()
    made.add("b", "late-Value-9")
    assert made.labels_in(filler + b"late-Value-9") == {"b"}


@pytest.mark.parametrize(
    "page",
    [
        b"<p>p@ss&#32;<b>hunt</b>&amp;er&#45;2</p>",
        b"<p>hunt<b>&am</b>p;er-2</p>",
        b"&lt;b&gt;<p>hunt&lt;b&gt;&amp;er<i></i>-2",
        b"<p>hunt&amp<i>er&#00000000000000000000000000000000000000045;2</p>",
    ],
)
def test_references_and_tags_are_undone_in_either_order(page: bytes) -> None:
    assert knowing(a="hunt&er-2").labels_in(page) == {"a"}
