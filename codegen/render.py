"""Everything under generated/, by file name."""

from __future__ import annotations

from pathlib import Path

import jinja2

from . import reference
from .client import frames, fuzz_words, py_annotation, py_class, py_doc, py_name, py_shape, py_text
from .layout import layout
from .model import Protocol
from .names import c_string, snake
from .openapi import openapi
from .schema import schema
from .vectors import vectors

TEMPLATES = Path(__file__).parent / "templates"
# What is not printed by a template: a module each. Those of HTTP_EXPORTS are for a protocol with HTTP.
EXPORTS = {"protocol.schema.json": schema, "vectors.json": vectors}
HTTP_EXPORTS = {"openapi.json": openapi}
MADE_FROM = "Made from protocol.yaml by python3 -m codegen; not to be edited."


def environment() -> jinja2.Environment:
    env = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), undefined=jinja2.StrictUndefined,
                             trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, autoescape=False)
    for function in (c_string, snake, frames, fuzz_words, py_annotation, py_class, py_doc, py_name, py_shape, py_text, reference.looks,
                     reference.value_text, reference.choices_text, reference.sentences, reference.route_text, reference.statuses):
        env.filters[function.__name__] = function
    env.globals["made_from"] = MADE_FROM
    return env


def render(protocol: Protocol) -> dict[str, str]:
    """`x.h.j2` gives x.h; `service_x.h.j2` gives <service>_x.h for every service, `section_x.h.j2` for http too;
    `http_x.h.j2` is for a protocol with HTTP, `closes.h.j2` for one with closes; `_x.j2` is only included."""
    exports = EXPORTS | (HTTP_EXPORTS if protocol.http else {})
    files = {name: export(protocol, MADE_FROM) for name, export in exports.items()}
    parts = (("http_", protocol.http), ("closes.", protocol.closes))
    left_out = tuple(prefix for prefix, part in parts if not part)
    env = environment()
    for name in sorted(env.list_templates(filter_func=lambda name: name.endswith(".j2") and name[0] != "_")):
        template, output = env.get_template(name), name.removesuffix(".j2")
        kind, _, rest = output.partition("_")
        if output.startswith(left_out):
            continue
        if kind in ("service", "section"):
            for section in protocol.services if kind == "service" else protocol.sections:
                files[f"{section.c_name}_{rest}"] = template.render(protocol=protocol, service=section)
        else:
            files[output] = template.render(protocol=protocol)
    return {name: layout(text) if name.endswith((".c", ".h")) else text for name, text in files.items()}
