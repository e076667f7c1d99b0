"""Everything under generated/, by file name."""

from __future__ import annotations

from pathlib import Path

import jinja2

from .model import Protocol, Service
from .names import c_string

TEMPLATES = Path(__file__).parent / "templates"
MADE_FROM = "Made from protocol.yaml by python3 -m codegen; not to be edited."


def environment() -> jinja2.Environment:
    env = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), undefined=jinja2.StrictUndefined,
                             trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, autoescape=False)
    env.filters["c_string"] = c_string
    env.globals["made_from"] = MADE_FROM
    return env


def render(protocol: Protocol) -> dict[str, str]:
    """`x.h.j2` gives x.h; `service_x.h.j2` gives <service>_x.h for every service; `_x.j2` is only included."""
    env, files = environment(), {}
    for name in sorted(env.list_templates(filter_func=lambda name: name.endswith(".j2") and name[0] != "_")):
        template, output = env.get_template(name), name.removesuffix(".j2")
        if output.startswith("service_"):
            for service in protocol.services:
                files[service.c_name + output.removeprefix("service")] = template.render(
                    protocol=protocol, service=service)
        else:
            files[output] = template.render(protocol=protocol)
    return files
