"""Writes parley.json, the dashboard for Grafana, with a row for each service of protocol.yaml.

`python deploy/grafana/make.py` writes it beside this file; `--check` says whether it is what would be written.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
TARGET = HERE / "parley.json"
SPEC = HERE.parents[1] / "protocol.yaml"
WIDTH = 24  # of Grafana's grid
HEIGHT = 8

Panel = dict[str, Any]


def chosen(name: str, *matchers: str) -> str:
    """The series of a metric, of the servers that are chosen on top of the dashboard."""
    return name + "{" + ",".join(['job="parley"', 'instance=~"$instance"', *matchers]) + "}"


def rate(name: str, *matchers: str) -> str:
    return f"rate({chosen(name, *matchers)}[$__rate_interval])"


def by(label: str, query: str) -> str:
    return f"sum by ({label}) ({query})"


def quantile(share: float, name: str, label: str, *matchers: str) -> str:
    labels = ", ".join(filter(None, [label, "le"]))
    return f"histogram_quantile({share}, sum by ({labels}) ({rate(name + '_bucket', *matchers)}))"


def graph(title: str, unit: str, about: str, *queries: tuple[str, str], stacked: bool = False) -> Panel:
    """Lines over time: of each query, and what its lines are called."""
    custom = {"fillOpacity": 20 if stacked else 5, "stacking": {"mode": "normal" if stacked else "none"}, "showPoints": "never"}
    return {
        "type": "timeseries",
        "title": title,
        "description": about,
        "fieldConfig": {"defaults": {"unit": unit, "min": 0, "custom": custom}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi", "sort": "desc"}},
        "targets": targets(queries),
    }


def number(title: str, unit: str, about: str, query: str) -> Panel:
    return {
        "type": "stat",
        "title": title,
        "description": about,
        "fieldConfig": {"defaults": {"unit": unit}, "overrides": []},
        "options": {"reduceOptions": {"calcs": ["lastNotNull"]}, "graphMode": "area"},
        "targets": targets([(query, title)]),
    }


def heat_map(title: str, about: str, query: str) -> Panel:
    panel = {
        "type": "heatmap",
        "title": title,
        "description": about,
        "options": {"calculate": False, "yAxis": {"unit": "s"}, "color": {"mode": "scheme", "scheme": "Oranges"}},
        "targets": targets([(query, "{{le}}")]),
    }
    panel["targets"][0]["format"] = "heatmap"
    return panel


def targets(queries: Any) -> list[dict[str, Any]]:
    return [
        {"refId": chr(ord("A") + place), "expr": query, "legendFormat": legend, "datasource": SOURCE}
        for place, (query, legend) in enumerate(queries)
    ]


SOURCE = {"type": "prometheus", "uid": "${source}"}


def overview() -> list[Panel]:
    return [
        number("Servers that are ready", "short", "Those whose /readyz says so.", f"sum({chosen('parley_ready')})"),
        number("Connections", "short", "Open WebSocket connections.", f"sum({chosen('parley_connections')})"),
        number("Room left", "short", "How many more sessions there is room for.", f"sum({chosen('parley_sessions_headroom')})"),
        number("Messages received", "mps", "Each second, all services.", f"sum({rate('parley_received_messages_total')})"),
        graph("Sessions", "short", "Open sessions of each service.", (by("service", chosen("parley_sessions")), "{{service}}"), stacked=True),
        graph("Rooms", "short", "Open rooms and channels of each service.", (by("service", chosen("parley_rooms")), "{{service}}")),
        graph(
            "Messages",
            "mps",
            "WebSocket messages received, and frames sent.",
            (f"sum({rate('parley_received_messages_total')})", "received"),
            (f"sum({rate('parley_sent_frames_total')})", "sent"),
        ),
        graph(
            "Bytes",
            "Bps",
            "On WebSocket connections.",
            (f"sum({rate('parley_received_bytes_total')})", "received"),
            (f"sum({rate('parley_sent_bytes_total')})", "sent"),
        ),
    ]


def latency() -> list[Panel]:
    turns = "parley_turn_duration_seconds"
    return [
        graph(
            "Workers busy",
            "percentunit",
            "The share of their time that the event loops are not waiting; delays grow quickly above 80 %.",
            (f"sum by (instance) ({rate(turns + '_sum')}) / sum by (instance) ({chosen('parley_workers')})", "{{instance}}"),
        ),
        graph(
            "Turns of the event loops",
            "s",
            "What a message may wait for the others before it.",
            (quantile(0.5, turns, ""), "median"),
            (quantile(0.99, turns, ""), "99 %"),
            (quantile(0.999, turns, ""), "99.9 %"),
        ),
        heat_map("Turns", "How many turns took how long.", f"sum by (le) ({rate(turns + '_bucket')})"),
        graph(
            "Handling of messages, 99 %",
            "s",
            "From a message's text to queued events.",
            (quantile(0.99, "parley_handler_duration_seconds", "service"), "{{service}}"),
        ),
    ]


def service_row(name: str, service: dict[str, Any]) -> list[Panel]:
    mine = f'service="{name}"'
    errors = "\n".join(f"- `{error}`: {text if isinstance(text, str) else text['text']}" for error, text in service["errors"].items())
    return [
        graph(
            "Commands",
            "ops",
            "Handled, by type: " + ", ".join(service["commands"]) + ".",
            (by("command", rate("parley_commands_total", mine)), "{{command}}"),
        ),
        graph(
            "Events",
            "ops",
            "Queued, once for each receiver, by type: " + ", ".join(service["events"]) + ".",
            (by("event", rate("parley_events_total", mine)), "{{event}}"),
        ),
        graph("Errors", "ops", "Answered, by name:\n\n" + errors, (by("error", rate("parley_errors_total", mine)), "{{error}}")),
        graph(
            "Slow readers",
            "ops",
            "Events that newer ones took the place of, events that were dropped, readers that were cut off.",
            (by("delivery", rate("parley_egress_replaced_total", mine)), "replaced, {{delivery}}"),
            (by("delivery", rate("parley_egress_dropped_total", mine)), "dropped, {{delivery}}"),
            (by("delivery", rate("parley_egress_overflows_total", mine)), "cut off, {{delivery}}"),
        ),
    ]


def connections() -> list[Panel]:
    return [
        graph(
            "Connections opened and ended",
            "ops",
            "Handshakes completed, and ends by whose doing.",
            (f"sum({rate('parley_upgrades_total')})", "opened"),
            (by("by", rate("parley_connections_ended_total")), "ended by {{by}}"),
        ),
        graph(
            "Close frames",
            "ops",
            "By code (RFC 6455, 7.4.1).",
            (by("code", rate("parley_closes_sent_total")) + " > 0", "sent {{code}}"),
            (by("code", rate("parley_closes_received_total")) + " > 0", "received {{code}}"),
        ),
        graph("HTTP", "reqps", "Answers by status, handshakes included (101).", (by("status", rate("parley_http_requests_total")) + " > 0", "{{status}}")),
        graph(
            "Refused",
            "ops",
            "Connections without a place, handshakes, tokens, bad messages and wrong guesses.",
            (by("bound", rate("parley_accept_refused_total")), "no place, {{bound}}"),
            (f"sum({rate('parley_upgrades_refused_total')})", "handshakes"),
            (f"sum({rate('parley_tokens_refused_total')})", "tokens"),
            (by("kind", rate("parley_strikes_total")), "strikes, {{kind}}"),
        ),
    ]


def queues() -> list[Panel]:
    return [
        graph(
            "Waiting to be sent",
            "bytes",
            "In the queues of connections whose peer does not take it.",
            (by("instance", chosen("parley_waiting_bytes")), "{{instance}}"),
        ),
        graph("Connections that lag", "short", "Those whose peer does not take what is sent.", (by("instance", chosen("parley_waiting_connections")), "{{instance}}")),
        graph(
            "Between workers",
            "short",
            "Connections and mails on their way, and mails that were lost.",
            (by("instance", chosen("parley_mailbox_letters")), "waiting, {{instance}}"),
            (by("instance", rate("parley_mails_lost_total")), "lost, {{instance}}"),
        ),
        graph("Sessions that move", "ops", "To the worker of their room.", (by("service", rate("parley_sessions_moved_total")), "{{service}}")),
    ]


def store() -> list[Panel]:
    return [
        graph(
            "Parts that are not well",
            "short",
            "Connecting or away.",
            (by("part, state", chosen("parley_store_state", 'state=~"connecting|away"')), "{{part}} {{state}}"),
        ),
        graph(
            "Lag",
            "s",
            "Age of the oldest order that is not in the journal, and of the oldest entry that is not in MongoDB.",
            (f"max({chosen('parley_store_lag_seconds')})", "journal"),
            (f"max({chosen('parley_store_ship_lag_seconds')})", "MongoDB"),
        ),
        graph(
            "Kept",
            "ops",
            "Entries written, taken by MongoDB, states taken by Redis, and what was lost.",
            (f"sum({rate('parley_store_entries_total')})", "journal"),
            (f"sum({rate('parley_store_shipped_entries_total')})", "MongoDB"),
            (f"sum({rate('parley_store_cached_states_total')})", "Redis"),
            (f"sum({rate('parley_store_dropped_entries_total')}) + sum({rate('parley_store_lost_orders_total')})", "lost"),
        ),
        graph("Journal", "bytes", "Size of its files.", (by("instance", chosen("parley_store_journal_bytes")), "{{instance}}")),
    ]


def media() -> list[Panel]:
    return [
        graph(
            "Datagrams",
            "pps",
            "Received and authentic, and sent on to each receiver.",
            (by("kind", rate("parley_media_received_total")), "received, {{kind}}"),
            (f"sum({rate('parley_media_sent_total')})", "sent"),
        ),
        graph("Not sent on", "pps", "By cause; `floor` is on purpose.", (by("cause", rate("parley_media_dropped_total")) + " > 0", "{{cause}}")),
        graph("Members with media", "short", "Whose media is relayed.", (by("instance", chosen("parley_media_peers")), "{{instance}}")),
    ]


def resources() -> list[Panel]:
    return [
        graph("CPU", "short", "Cores in use.", (by("instance", rate("parley_cpu_seconds_total")), "{{instance}}")),
        graph("Memory", "bytes", "Resident.", (by("instance", chosen("parley_resident_memory_bytes")), "{{instance}}")),
        graph(
            "File descriptors",
            "percentunit",
            "In use, of those that may be.",
            (f"{chosen('parley_open_fds')} / {chosen('parley_max_fds')}", "{{instance}}"),
        ),
        graph("Uptime", "s", "A fall is a restart.", (f"time() - {chosen('parley_start_time_seconds')}", "{{instance}}")),
    ]


def placed(rows: list[tuple[str, list[Panel]]]) -> list[Panel]:
    """Each row below the one before, its panels beside each other, four at most."""
    panels: list[Panel] = []
    y = 0
    for title, members in rows:
        panels.append({"type": "row", "title": title, "collapsed": False, "gridPos": {"x": 0, "y": y, "w": WIDTH, "h": 1}, "panels": []})
        y += 1
        across = min(len(members), 4)
        for place, panel in enumerate(members):
            x, line = place % across, place // across
            grid = {"x": x * WIDTH // across, "y": y + line * HEIGHT, "w": WIDTH // across, "h": HEIGHT}
            panels.append(panel | {"gridPos": grid, "datasource": SOURCE})
        y += HEIGHT * ((len(members) + across - 1) // across)
    return [panel | {"id": number} for number, panel in enumerate(panels, 1)]


def dashboard() -> str:
    services = yaml.safe_load(SPEC.read_text())["services"]
    rows = [("Overview", overview()), ("Latency", latency())]
    rows += [(f"Service {name}: {service['doc']}", service_row(name, service)) for name, service in services.items()]
    rows += [("Connections", connections()), ("Queues", queues()), ("Store", store()), ("Media", media()), ("Resources", resources())]
    whole = {
        "title": "Parley",
        "uid": "parley",
        "tags": ["parley"],
        "schemaVersion": 38,
        "editable": True,
        "refresh": "15s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {
            "list": [
                {"type": "datasource", "name": "source", "label": "Prometheus", "query": "prometheus"},
                {
                    "type": "query",
                    "name": "instance",
                    "label": "Server",
                    "datasource": SOURCE,
                    "query": "label_values(parley_build_info, instance)",
                    "refresh": 2,
                    "includeAll": True,
                    "allValue": ".*",
                    "multi": True,
                    "current": {"text": "All", "value": "$__all"},
                },
            ]
        },
        "panels": placed(rows),
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    wanted = dashboard()
    if "--check" not in sys.argv[1:]:
        TARGET.write_text(wanted)
    elif not TARGET.exists() or TARGET.read_text() != wanted:
        print("deploy/grafana/parley.json is out of date: python deploy/grafana/make.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
